//! Feature switches as sentences: given a definition, when a switch is set, then the text is exactly this one.

use super::*;

fn given(inside: &str) -> Document {
    Document::parse(format!("<domain type='kvm'>\n{inside}</domain>\n")).unwrap()
}

fn then(document: &Document) -> String {
    let text = document.text();
    text.strip_prefix("<domain type='kvm'>\n").unwrap().strip_suffix("</domain>\n").unwrap().to_owned()
}

fn hidden(document: &Document, on: bool) -> Document {
    set_features(document, &FeatureChanges { hidden: Some(on), ..FeatureChanges::default() })
        .unwrap()
        .document
}

fn hyperv(document: &Document, on: bool) -> Result<Document, EditError> {
    let changes = FeatureChanges { hyperv_windows: Some(on), ..FeatureChanges::default() };
    set_features(document, &changes).map(|edited| edited.document)
}

fn vendor(document: &Document, change: VendorChange) -> Result<Document, EditError> {
    let changes = FeatureChanges { vendor_id: Some(change), ..FeatureChanges::default() };
    set_features(document, &changes).map(|edited| edited.document)
}

fn id(text: &str) -> VendorChange {
    VendorChange::Set(VendorIdText::new(text).unwrap())
}

#[test]
fn nothing_asked_changes_nothing() {
    let document = given("  <features><acpi/></features>\n");
    assert!(FeatureChanges::default().is_empty());
    assert_eq!(set_features(&document, &FeatureChanges::default()).unwrap().document, document);
}

#[test]
fn hiding_makes_its_parents_where_libvirt_writes_them() {
    let document = given("  <os/>\n  <cpu/>\n  <devices/>\n");
    let expected = "  <os/>\n  <features>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n  <cpu/>\n  <devices/>\n";
    assert_eq!(then(&hidden(&document, true)), expected);
}

#[test]
fn hiding_goes_into_what_is_there() {
    for (before, after) in [
        (
            "  <features/>\n",
            "  <features>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n",
        ),
        (
            "  <features>\n    <kvm>\n    </kvm>\n  </features>\n",
            "  <features>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n  </features>\n",
        ),
        (
            "  <features>\n    <acpi/>\n    <smm/>\n  </features>\n",
            "  <features>\n    <acpi/>\n    <kvm>\n      <hidden state='on'/>\n    </kvm>\n    <smm/>\n  </features>\n",
        ),
        (
            "  <features><kvm><hidden  state=\"off\" /></kvm></features>\n",
            "  <features><kvm><hidden  state=\"on\" /></kvm></features>\n",
        ),
        (
            "  <features><acpi/></features>\n",
            "  <features><acpi/><kvm><hidden state='on'/></kvm></features>\n",
        ),
    ] {
        assert_eq!(then(&hidden(&given(before), true)), after);
    }
}

#[test]
fn hiding_what_is_hidden_changes_nothing() {
    let document = given("  <features><kvm><hidden state='on'/></kvm></features>\n");
    assert_eq!(hidden(&document, true), document);
}

#[test]
fn showing_switches_off_and_deletes_nothing() {
    let document = given("  <features><kvm><hidden state='on'/></kvm></features>\n");
    assert_eq!(then(&hidden(&document, false)), "  <features><kvm><hidden state='off'/></kvm></features>\n");
    let without = given("  <features/>\n");
    assert_eq!(hidden(&without, false), without);
}

#[test]
fn windows_gets_the_whole_set_and_its_clock() {
    let document = given(
        "  <features>\n    <acpi/>\n  </features>\n  <clock offset='localtime'>\n    <timer name='hpet' present='no'/>\n  </clock>\n",
    );
    let expected = "  <features>
    <acpi/>
    <hyperv>
      <relaxed state='on'/>
      <vapic state='on'/>
      <spinlocks state='on' retries='8191'/>
      <vpindex state='on'/>
      <runtime state='on'/>
      <synic state='on'/>
      <stimer state='on'>
        <direct state='on'/>
      </stimer>
      <frequencies state='on'/>
      <tlbflush state='on'/>
      <ipi state='on'/>
    </hyperv>
  </features>
  <clock offset='localtime'>
    <timer name='hpet' present='no'/>
    <timer name='hypervclock' present='yes'/>
  </clock>
";
    let changed = hyperv(&document, true).unwrap();
    assert_eq!(then(&changed), expected);
    assert_eq!(missing_for_windows(&changed), [""; 0]);
    assert_eq!(hyperv(&changed, true).unwrap(), changed, "a second time changes nothing");
}

#[test]
fn windows_gets_only_what_is_missing() {
    let before = "  <features>\n    <hyperv mode='custom'>\n      <relaxed state='on'/>\n      <spinlocks state='off'/>\n      <synic state='on'/>\n      <evmcs state='on'/>\n    </hyperv>\n  </features>\n  <clock><timer name='hypervclock' present='no'/></clock>\n";
    let changed = hyperv(&given(before), true).unwrap();
    let text = changed.text();
    assert!(text.contains("      <relaxed state='on'/>\n      <vapic state='on'/>\n      <spinlocks state='on' retries='8191'/>\n"), "{text}");
    assert!(text.contains("      <ipi state='on'/>\n      <evmcs state='on'/>\n    </hyperv>"), "{text}");
    assert!(text.contains("<timer name='hypervclock' present='yes'/>"), "{text}");
    assert_eq!(text.matches("<relaxed").count() + text.matches("<synic").count(), 2);
}

#[test]
fn a_machine_without_a_clock_gets_libvirts_own() {
    let changed = hyperv(&given("  <features/>\n  <on_poweroff>destroy</on_poweroff>\n"), true).unwrap();
    let clock = "  </features>\n  <clock offset='utc'>\n    <timer name='hypervclock' present='yes'/>\n  </clock>\n  <on_poweroff>";
    assert!(changed.text().contains(clock), "{}", changed.text());
}

#[test]
fn a_mode_that_has_all_needs_nothing() {
    let document = given("  <features><hyperv mode='passthrough'/></features>\n");
    assert_eq!(hyperv(&document, true).unwrap(), document);
    assert_eq!(vendor(&document, id("x")), Err(EditError::VendorIdInMode { mode: "passthrough".into() }));
    let off = hyperv(&document, false).unwrap();
    assert_eq!(then(&off), "  <features><hyperv mode='custom'/></features>\n");
}

#[test]
fn the_set_goes_off_and_the_rest_stays() {
    let before = "  <features><hyperv><relaxed state='on'/><vapic/><reset state='on'/></hyperv></features>\n";
    let after = "  <features><hyperv><relaxed state='off'/><vapic state='off'/><reset state='on'/></hyperv></features>\n";
    assert_eq!(then(&hyperv(&given(before), false).unwrap()), after);
}

#[test]
fn a_vendor_id_comes_changes_and_goes() {
    let document =
        given("  <features>\n    <hyperv>\n      <relaxed state='on'/>\n    </hyperv>\n  </features>\n");
    let set = vendor(&document, id("a&b 'c'")).unwrap();
    assert!(
        set.text().contains("      <vendor_id state='on' value='a&amp;b &apos;c&apos;'/>\n"),
        "{}",
        set.text()
    );
    assert_eq!(set.features().vendor_id.as_deref(), Some("a&b 'c'"));
    let other = vendor(&set, id("other")).unwrap();
    assert_eq!(other.features().vendor_id.as_deref(), Some("other"));
    let cleared = vendor(&other, VendorChange::Clear).unwrap();
    assert!(cleared.text().contains("<vendor_id state='off' value='other'/>"), "{}", cleared.text());
    assert_eq!(vendor(&cleared, VendorChange::Clear).unwrap(), cleared);
    assert_eq!(vendor(&cleared, id("other")).unwrap(), other);
    assert_eq!(vendor(&document, VendorChange::Clear).unwrap(), document);
}

#[test]
fn a_vendor_id_alone_is_refused() {
    assert_eq!(vendor(&given("  <features/>\n"), id("alone")), Err(EditError::VendorIdAlone));
    let both = given(
        "  <features><hyperv><relaxed state='on'/><vendor_id state='on' value='x'/></hyperv></features>\n",
    );
    assert_eq!(hyperv(&both, false), Err(EditError::VendorIdAlone));
    let changes = FeatureChanges { vendor_id: Some(id("x")), hyperv_windows: Some(true), hidden: Some(true) };
    assert!(set_features(&given("  <features/>\n"), &changes).is_ok());
}

#[test]
fn a_vendor_id_has_libvirts_form() {
    for text in ["1", "0123456789ab", "Authentic AM"] {
        assert_eq!(VendorIdText::new(text).unwrap().as_str(), text);
    }
    for text in ["", "0123456789abc", "a,b", "é", "a\n"] {
        assert_eq!(VendorIdText::new(text), Err(VendorIdTextError { text: text.into() }));
    }
}

#[test]
fn crlf_and_tabs_are_kept() {
    let text = "<domain>\r\n\t<os/>\r\n\t<features>\r\n\t\t<acpi/>\r\n\t</features>\r\n</domain>";
    let expected =
        text.replace("<acpi/>", "<acpi/>\r\n\t\t<kvm>\r\n\t\t\t<hidden state='on'/>\r\n\t\t</kvm>");
    assert_eq!(hidden(&Document::parse(text).unwrap(), true).text(), expected);
}

/// No definition of libvirt's own, but one that can be read.
#[test]
fn of_several_features_the_one_that_is_read_is_edited() {
    let document = given(
        "  <features>\n    <acpi/>\n  </features>\n  <features>\n    <hyperv><relaxed state='on'/></hyperv>\n    <kvm/>\n  </features>\n",
    );
    let changed = hyperv(&hidden(&document, true), true).unwrap();
    assert!(changed.text().contains("  <features>\n    <acpi/>\n  </features>\n"), "{}", changed.text());
    assert_eq!(changed.text().matches("<hyperv>").count(), 1);
    assert_eq!(changed.features().kvm_hidden, Some(Switch::On));
    assert_eq!(missing_for_windows(&changed), [""; 0]);
    assert_eq!(hyperv(&hidden(&changed, true), true).unwrap(), changed, "a second time changes nothing");
    let vendor = vendor(&document, id("x")).unwrap();
    assert_eq!(vendor.features().vendor_id.as_deref(), Some("x"));
}
