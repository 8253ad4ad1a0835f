//! The kernel's routing tables: which interfaces the default routes go through.
//!
//! Parsing only. Source: kernel, `fib_route_seq_show` in `net/ipv4/fib_trie.c` and `rt6_info_route` in
//! `net/ipv6/route.c`; the flags are those of `include/uapi/linux/route.h`.

/// A default route.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct DefaultRoute {
    /// The interface.
    pub interface: String,
    /// Whether it is one of IPv6.
    pub six: bool,
    /// The kernel takes the one with the lowest.
    pub metric: u32,
}

/// The route refuses: it is there so that nothing else answers.
const REJECT: u32 = 0x0200;

/// Reads `/proc/net/route`, which has a headline.
pub fn parse_routes(text: &str) -> Vec<DefaultRoute> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let default = fields.get(1) == Some(&"00000000") && fields.get(7) == Some(&"00000000");
        let flags = u32::from_str_radix(fields.get(3)?, 16).ok()?;
        let metric = fields.get(6)?.parse().ok()?;
        (default && flags & REJECT == 0).then(|| DefaultRoute {
            interface: fields.first().copied().unwrap_or_default().to_owned(),
            six: false,
            metric,
        })
    };
    text.lines().skip(1).filter_map(line).collect()
}

/// Reads `/proc/net/ipv6_route`. The kernel's own one that refuses is on `lo`.
pub fn parse_routes_6(text: &str) -> Vec<DefaultRoute> {
    let line = |line: &str| {
        let fields: Vec<&str> = line.split_ascii_whitespace().collect();
        let default = fields.first()?.bytes().all(|byte| byte == b'0') && fields.get(1) == Some(&"00");
        let metric = u32::from_str_radix(fields.get(5)?, 16).ok()?;
        let flags = u32::from_str_radix(fields.get(8)?, 16).ok()?;
        let interface = fields.get(9).copied().filter(|interface| *interface != "lo")?;
        (default && flags & REJECT == 0).then(|| DefaultRoute {
            interface: interface.to_owned(),
            six: true,
            metric,
        })
    };
    text.lines().filter_map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_routes_of_both_kinds() {
        let four = "Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT\n\
                    br0 00000000 0102A8C0 0003 0 0 100 00000000 0 0 0\nbr0 0002A8C0 00000000 0001 0 0 100 00FFFFFF 0 0 0\n\
                    wlan0 00000000 00000000 0203 0 0 600 00000000 0 0 0\n";
        assert_eq!(
            parse_routes(four),
            [DefaultRoute { interface: "br0".to_owned(), six: false, metric: 100 }]
        );
        let zeros = "0".repeat(32);
        let six = format!(
            "{zeros} 00 {zeros} 00 fe800000000000000000000000000001 00000400 00000001 00000000 00000003 wlan0\n\
             {zeros} 00 {zeros} 00 {zeros} ffffffff 00000001 00000000 00200200 lo\n"
        );
        let found = parse_routes_6(&six);
        assert_eq!(found, [DefaultRoute { interface: "wlan0".to_owned(), six: true, metric: 0x400 }]);
    }

    #[test]
    fn garbled_tables_have_none() {
        assert_eq!(parse_routes("Iface\neth0\neth0 00000000\neth0 00000000 0 x 0 0 y 00000000\n"), []);
        assert_eq!(parse_routes_6("0 00\nbanana\n\n"), []);
    }
}
