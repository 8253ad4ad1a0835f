use super::*;

const SOON: Duration = Duration::from_secs(20);

/// A folder with one program in it, and the tools of that folder and the system's shell.
fn tools(script: &str) -> (tempfile::TempDir, SystemTools) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o755)).unwrap();
    let path = folder.path().join("tool");
    #[expect(clippy::disallowed_methods, reason = "a tool of the test's own, in a temporary folder")]
    std::fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    let owner = std::fs::metadata(folder.path()).unwrap().uid();
    let tools = SystemTools::in_folders([folder.path().to_owned(), "/usr/bin".into(), "/bin".into()], owner);
    (folder, tools)
}

fn run(script: &str, arguments: &[&str], limit: Duration) -> (Result<Finished, CommandError>, Vec<String>) {
    let (_folder, tools) = tools(script);
    let mut lines = Vec::new();
    let call = Call::tool("tool", arguments.iter().copied(), limit);
    (call.succeed(&tools, &mut |line| lines.push(line.to_owned())), lines)
}

#[test]
fn a_tool_gets_its_arguments_and_nothing_else() {
    let script = r#"for a; do echo "<$a>"; done; /usr/bin/env | /usr/bin/sort; read x && echo read; pwd"#;
    let (finished, lines) = run(script, &["a b", "$HOME; ls"], SOON);
    let output = finished.unwrap().output;
    assert_eq!(output.lines().collect::<Vec<_>>(), lines);
    let kept: Vec<&str> = lines
        .iter()
        .map(String::as_str)
        .filter(|line| !line.starts_with("PATH=") && !line.starts_with("_="))
        .collect();
    assert_eq!(kept, ["<a b>", "<$HOME; ls>", "HOME=/root", "LANG=C.UTF-8", "PWD=/", "/"]);
}

#[test]
fn no_open_file_of_ours_reaches_a_tool() {
    let _open = std::fs::File::open("/").unwrap();
    let (finished, _) = run("ls -l /proc/$$/fd; echo $$", &[], SOON);
    let output = finished.unwrap().output;
    let open: Vec<&str> =
        output.lines().filter_map(|line| line.split_once(" -> ")).map(|(_, target)| target).collect();
    let strange: Vec<_> = open
        .iter()
        .filter(|target| {
            !target.starts_with("pipe:") && **target != "/dev/null" && !target.ends_with("/tool")
        })
        .collect();
    assert!(open.len() >= 3 && strange.is_empty(), "{output}");
}

#[test]
fn a_failure_says_the_tools_own_last_words() {
    let (failed, _) = run("echo one; echo two >&2; sleep 0.1; echo disk is full >&2; exit 3", &[], SOON);
    let error = failed.unwrap_err();
    assert!(error.to_string().starts_with("tool ended with status 3: "), "{error}");
    assert!(error.to_string().ends_with("disk is full"), "{error}");
}

#[test]
fn output_is_bounded() {
    let (finished, lines) = run(
        "i=0; while [ $i -lt 40 ]; do i=$((i+1)); echo line $i; done; head -c 200000 /dev/zero | tr '\\0' x",
        &[],
        SOON,
    );
    let finished = finished.unwrap();
    assert!(finished.output.len() <= OUTPUT, "{}", finished.output.len());
    assert_eq!(finished.tail.len(), TAIL);
    assert!(lines.iter().all(|line| line.len() <= 4096));
}

#[test]
fn a_tool_that_hangs_is_ended_with_all_that_it_started() {
    let begun = Instant::now();
    let (ended, lines) = run("sleep 300 & echo $!; echo waiting; wait", &[], Duration::from_millis(600));
    let error = ended.unwrap_err();
    assert!(
        matches!(&error, CommandError::TooLong { tail, .. } if tail.last().unwrap() == "waiting"),
        "{error}"
    );
    assert!(begun.elapsed() < Duration::from_secs(8), "{:?}", begun.elapsed());
    let sleeper = format!("/proc/{}/cmdline", lines[0]);
    // It is gone, or a zombie that its new parent has not looked at.
    for _ in 0..40 {
        if std::fs::metadata(&sleeper).is_err()
            || std::fs::File::open(&sleeper).is_ok_and(|mut file| {
                let mut text = String::new();
                file.read_to_string(&mut text).unwrap();
                text.is_empty()
            })
        {
            return;
        }
        thread::sleep(TICK);
    }
    panic!("{sleeper} goes on");
}

#[test]
fn only_what_nobody_else_can_change_is_run() {
    let (folder, tools) = tools("true");
    assert!(tools.has("tool"));
    for name in ["", "../tool", "/bin/sh", ".", "nothing"] {
        assert!(!tools.has(name), "{name}");
    }
    let path = folder.path().join("tool");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o757)).unwrap();
    assert!(!tools.has("tool"));
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o757)).unwrap();
    let call = Call::tool("tool", [], SOON);
    assert_eq!(tools.run(&call, &mut |_| {}), Err(CommandError::NotFound("tool".to_owned())));
}

/// A driver that does not let go: its writer is not ended, and not waited for.
#[test]
fn a_write_that_hangs_in_the_kernel_is_left_behind() {
    let (folder, tools) = tools("echo $$; exec sleep 30");
    let tools = tools.with_own(folder.path().join("tool"));
    let limit = Duration::from_millis(400);
    let call = Call { program: Program::Own, arguments: vec!["--write-attribute".to_owned()], limit };
    let mut process = String::new();
    let begun = Instant::now();
    let stuck = tools.run(&call, &mut |line| process = line.to_owned());
    assert_eq!(stuck, Err(CommandError::Stuck { limit }));
    assert!(begun.elapsed() < Duration::from_secs(5), "{:?}", begun.elapsed());
    let process = process.parse().unwrap();
    let process = Pid::from_raw(process).unwrap();
    assert_eq!(rustix::process::test_kill_process(process), Ok(()), "it goes on");
    rustix::process::kill_process(process, Signal::KILL).unwrap();
}
