//! Which networks may be reached: public ones, unless the declaration says otherwise. Names are judged by what they
//! resolve to at the moment of connecting, so that a name cannot change in between.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

/// An address in a network that may not be reached.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("{0} is {kind}", kind = kind(*.0))]
pub(super) struct Refused(pub(super) IpAddr);

fn kind(ip: IpAddr) -> &'static str {
    if is_machines_own(ip) {
        "link-local or a cloud's metadata service, which is never allowed"
    } else {
        "not a public address"
    }
}

/// Which addresses may be reached: public ones, and those of the one host that the declaration allows.
#[derive(Debug, Clone, Default)]
pub(super) struct Reach {
    /// A host of the source, which may lie in a private network.
    private_host: Option<String>,
}

impl Reach {
    /// What the declaration of a source allows.
    pub(super) fn new(url: &Url, allow_private_network: bool) -> Self {
        Self { private_host: url.host_str().filter(|_| allow_private_network).map(str::to_owned) }
    }

    /// Judges an address that is written as a number and thus never resolved.
    pub(super) fn check_literal(&self, url: &Url) -> Result<(), Refused> {
        let ip = match url.host() {
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip),
            Some(Host::Domain(_)) | None => return Ok(()),
        };
        self.check(url.host_str().unwrap_or_default(), ip)
    }

    /// Judges what a host stands for.
    fn check(&self, host: &str, ip: IpAddr) -> Result<(), Refused> {
        let may_be_private = self.private_host.as_deref().is_some_and(|allowed| allowed.eq_ignore_ascii_case(host));
        if is_public(ip) || (may_be_private && !is_machines_own(ip)) { Ok(()) } else { Err(Refused(ip)) }
    }
}

impl Resolve for Reach {
    fn resolve(&self, name: Name) -> Resolving {
        let reach = self.clone();
        Box::pin(async move {
            let found: Vec<SocketAddr> = tokio::net::lookup_host((name.as_str(), 0)).await?.collect();
            for address in &found {
                reach.check(name.as_str(), address.ip())?;
            }
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// True for addresses that only a machine itself means: link-local ones, and those at which clouds tell a machine its
/// secrets. No declaration allows them.
fn is_machines_own(ip: IpAddr) -> bool {
    let v4 = |ip: Ipv4Addr| ip.is_link_local() || CLOUDS_V4.contains(&ip.octets());
    match ip {
        IpAddr::V4(ip) => v4(ip),
        IpAddr::V6(ip) => {
            inner_v4(ip).is_some_and(v4) || ip.is_unicast_link_local() || CLOUDS_V6.contains(&ip.segments())
        }
    }
}

/// Metadata services outside the link-local network: Azure, Alibaba, Oracle.
const CLOUDS_V4: [[u8; 4]; 3] = [[168, 63, 129, 16], [100, 100, 100, 200], [192, 0, 0, 192]];

/// Metadata services over IPv6: Amazon, Google.
const CLOUDS_V6: [[u16; 8]; 2] = [[0xFD00, 0xEC2, 0, 0, 0, 0, 0, 0x254], [0xFD20, 0xCE, 0, 0, 0, 0, 0, 0x254]];

/// True for addresses of the public internet (IANA special-purpose address registries, RFC 6890).
pub(super) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, d] = ip.octets();
    let special = matches!(
        (a, b, c, d),
        (0 | 10 | 127 | 224..=255, ..)
            | (100, 64..=127, ..)
            | (169, 254, ..)
            | (172, 16..=31, ..)
            | (192, 168, ..)
            | (192, 0, 0 | 2, _)
            | (192, 88, 99, _)
            | (198, 18..=19, ..)
            | (198, 51, 100, _)
            | (203, 0, 113, _)
            | (168, 63, 129, 16)
    );
    !special
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    if let Some(inner) = inner_v4(ip) {
        return is_public_v4(inner);
    }
    match ip.segments() {
        // Teredo, benchmarks and the like within 2001::/23; documentation.
        [0x2001, 0..=0x1FF | 0xDB8, ..] | [0x3FFF, 0..=0xFFF, ..] => false,
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

/// IPv4 in IPv6: mapped, translated (RFC 6052), 6to4.
fn inner_v4(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    let at = match ip.segments() {
        [0, 0, 0, 0, 0, 0xFFFF, ..] | [0x64, 0xFF9B, 0, 0, 0, 0, ..] => 12,
        [0x2002, ..] => 2,
        _ => return None,
    };
    let octets = ip.octets();
    octets.get(at..at + 4).and_then(|four| <[u8; 4]>::try_from(four).ok()).map(Ipv4Addr::from)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_networks_are_told_from_public_ones() {
        for text in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "255.255.255.255",
            "224.0.0.1",
            "198.18.0.1",
            "168.63.129.16",
            "::1",
            "::",
            "fe80::1",
            "fd00:ec2::254",
            "fc00::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1",
            "2002:7f00:1::",
            "2001:db8::1",
            "2001::1",
            "ff02::1",
            "fec0::1",
        ] {
            assert!(!is_public(text.parse().unwrap()), "{text}");
        }
        for text in [
            "193.212.1.10",
            "8.8.8.8",
            "172.32.0.1",
            "100.128.0.1",
            "2001:700:100::1",
            "2a02:20c8::1",
            "::ffff:8.8.8.8",
        ] {
            assert!(is_public(text.parse().unwrap()), "{text}");
        }
    }

    fn check(reach: &Reach, url: &str) -> Result<(), Refused> {
        reach.check_literal(&Url::parse(url).unwrap())
    }

    #[test]
    fn numbers_in_disguise_are_seen() {
        let public = Reach::default();
        for text in ["http://2130706433/", "http://0x7f.1/", "http://0177.0.0.1/", "http://[::ffff:7f00:1]/"] {
            assert!(check(&public, text).is_err(), "{text}");
        }
        assert!(check(&public, "http://8.8.8.8/").is_ok());
    }

    #[test]
    fn a_permission_holds_for_its_host_alone_and_never_for_what_a_machine_tells_itself() {
        let reach = |url: &str| Reach::new(&Url::parse(url).unwrap(), true);
        let inside = reach("http://10.0.0.1:8080/a");
        assert!(check(&inside, "http://10.0.0.1/b").is_ok());
        assert!(check(&inside, "http://10.0.0.2/b").is_err());
        assert!(check(&inside, "http://127.0.0.1/").is_err());
        assert!(check(&inside, "http://8.8.8.8/").is_ok());
        for own in [
            "169.254.169.254",
            "169.254.1.1",
            "168.63.129.16",
            "100.100.100.200",
            "192.0.0.192",
            "[fe80::1]",
            "[febf::1]",
            "[fd00:ec2::254]",
            "[fd20:ce::254]",
            "[::ffff:169.254.169.254]",
            "[64:ff9b::a9fe:a9fe]",
        ] {
            let url = format!("http://{own}/");
            let refused = check(&reach(&url), &url).unwrap_err();
            assert!(refused.to_string().contains("never allowed"), "{refused}");
        }
        assert!(check(&reach("http://[fd00::1]/"), "http://[fd00::1]/").is_ok());
    }

    #[tokio::test]
    async fn names_are_judged_by_what_they_resolve_to() {
        let resolve = |reach: Reach| async move { reach.resolve("localhost".parse().unwrap()).await.map(drop) };
        let error = resolve(Reach::default()).await.unwrap_err();
        assert!(error.is::<Refused>(), "{error}");
        let other = Reach::new(&Url::parse("http://elsewhere.example/").unwrap(), true);
        assert!(resolve(other).await.unwrap_err().is::<Refused>());
        resolve(Reach::new(&Url::parse("http://LOCALHOST/").unwrap(), true)).await.unwrap();
    }
}
