//! Settings of the kernel that are kept from one start to the next: `/etc/sysctl.d/*.conf` and its like.
//!
//! Reading what a file sets, and the line of a file of our own. Which file wins over which is decided by who reads them.
//! Source: sysctl.d(5): `key = value`, `#` and `;` begin comments, `-` before the key lets an error pass, and `/` may
//! stand for `.` in keys.

/// The values that a text gives a key, in order.
pub fn values<'a>(text: &'a str, key: &str) -> Vec<&'a str> {
    let plain = |key: &str| key.replace('/', ".");
    text.lines()
        .map(str::trim)
        .filter(|line| !line.starts_with(['#', ';']))
        .filter_map(|line| line.split_once('='))
        .filter(|(name, _)| plain(name.trim().trim_start_matches('-')) == plain(key))
        .map(|(_, value)| value.trim())
        .collect()
}

/// The line that sets a key to a number.
pub fn number(key: &str, value: u32) -> String {
    format!("{key} = {value}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_a_key() {
        let text = "# vm.nr_hugepages = 1\n; x\nvm.nr_hugepages=2\n -vm/nr_hugepages = 3 \nvm.nr_hugepages_x = 4\nvm\n";
        assert_eq!(values(text, "vm.nr_hugepages"), ["2", "3"]);
        assert_eq!(values(&number("vm.nr_hugepages", 512), "vm.nr_hugepages"), ["512"]);
    }
}
