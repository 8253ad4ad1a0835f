//! Tests of `fill`, and a walk through every sentence.

use super::*;

#[test]
fn values_go_where_their_names_stand() {
    assert_eq!(fill("{b} and {a}", &[("a", "1"), ("b", "2")]), "2 and 1");
    assert_eq!(fill("no names", &[("a", "1")]), "no names");
    assert_eq!(fill("{a}{a}", &[("a", "ü")]), "üü");
}

#[test]
fn a_value_is_not_a_template() {
    assert_eq!(fill("“{vm}” has {device}", &[("vm", "{device}"), ("device", "x")]), "“{device}” has x");
}

#[test]
fn what_has_no_value_stays() {
    assert_eq!(fill("{a} {b} {", &[("a", "1")]), "1 {b} {");
    assert_eq!(fill("{a", &[("a", "1")]), "{a");
    assert_eq!(fill("{{a}", &[("a", "1")]), "{1");
}
