//! Ports of this network namespace.

use rustix::io::{Errno, Result};
use rustix::net::{AddressFamily, SocketFlags, SocketType, sockopt};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4};
use std::os::fd::OwnedFd;

/// The protocol of a port.
#[derive(Clone, Copy)]
pub enum Protocol {
    /// Transmission Control Protocol.
    Tcp,
    /// User Datagram Protocol.
    Udp,
}

/// Binds a socket to the port for a moment; without an address, to all of IPv4 and IPv6. Errors:
/// EADDRINUSE where a socket listens there (of TCP also where another one is bound without
/// SO_REUSEADDR, of UDP also where one is connected); EADDRNOTAVAIL where the host does not have
/// the address, EAFNOSUPPORT where it does not have the family.
pub fn probe(protocol: Protocol, address: Option<IpAddr>, port: u16) -> Result<()> {
    let Some(address) = address else {
        return match probe_address(protocol, Ipv6Addr::UNSPECIFIED.into(), port, true) {
            Err(Errno::AFNOSUPPORT | Errno::ADDRNOTAVAIL) => {
                probe_address(protocol, Ipv4Addr::UNSPECIFIED.into(), port, false)
            }
            result => result,
        };
    };
    probe_address(protocol, address, port, false)
}

/// `both`: a socket of IPv6 is bound in IPv4, too.
fn probe_address(protocol: Protocol, address: IpAddr, port: u16, both: bool) -> Result<()> {
    let kind = match protocol {
        Protocol::Tcp => SocketType::STREAM,
        Protocol::Udp => SocketType::DGRAM,
    };
    let family = match address {
        IpAddr::V4(_) => AddressFamily::INET,
        IpAddr::V6(_) => AddressFamily::INET6,
    };
    let socket = open(family, kind)?;
    if address.is_ipv6() {
        sockopt::set_ipv6_v6only(&socket, !both)?;
    }
    // Past connections do not count. Of UDP, this would let two sockets share a port.
    if matches!(protocol, Protocol::Tcp) {
        sockopt::set_socket_reuseaddr(&socket, true)?;
    }
    rustix::net::bind(&socket, &SocketAddr::new(address, port))
}

/// Reserves a free TCP port of 127.0.0.1 in this network namespace; returns the socket that holds
/// it, and the port. The socket does not listen, so that another socket with SO_REUSEADDR can
/// listen at the port meanwhile, but the kernel assigns the port to nobody else.
pub fn reserve() -> Result<(OwnedFd, u16)> {
    let socket = open(AddressFamily::INET, SocketType::STREAM)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    rustix::net::bind(&socket, &SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0))?;
    let address = SocketAddrV4::try_from(rustix::net::getsockname(&socket)?)?;
    Ok((socket, address.port()))
}

fn open(family: AddressFamily, kind: SocketType) -> Result<OwnedFd> {
    rustix::net::socket_with(family, kind, SocketFlags::CLOEXEC, None)
}

#[cfg(test)]
mod tests {
    use super::{Protocol, probe};
    use rustix::io::Errno;
    use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};

    #[test]
    fn a_listener_of_tcp_is_found_at_each_address_that_meets_its_own() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let of = |address: Option<Ipv4Addr>| probe(Protocol::Tcp, address.map(Into::into), port);
        assert_eq!(of(Some(Ipv4Addr::LOCALHOST)), Err(Errno::ADDRINUSE));
        assert_eq!(of(Some(Ipv4Addr::UNSPECIFIED)), Err(Errno::ADDRINUSE));
        assert_eq!(of(None), Err(Errno::ADDRINUSE));
        assert_eq!(of(Some(Ipv4Addr::new(127, 0, 0, 2))), Ok(()));
        let ipv6 = probe(Protocol::Tcp, Some(Ipv6Addr::UNSPECIFIED.into()), port);
        assert!(matches!(ipv6, Ok(()) | Err(Errno::AFNOSUPPORT)), "{ipv6:?}");
    }

    #[test]
    fn past_connections_of_tcp_do_not_count() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let client = TcpStream::connect(address).unwrap();
        drop(listener.accept().unwrap());
        drop((listener, client));
        assert_eq!(probe(Protocol::Tcp, None, address.port()), Ok(()));
    }

    #[test]
    fn a_socket_of_udp_is_found() {
        let socket = UdpSocket::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let port = socket.local_addr().unwrap().port();
        assert_eq!(probe(Protocol::Udp, None, port), Err(Errno::ADDRINUSE));
        assert_eq!(
            probe(Protocol::Udp, Some(Ipv4Addr::new(127, 0, 0, 2).into()), port),
            Ok(())
        );
        drop(socket);
        assert_eq!(probe(Protocol::Udp, None, port), Ok(()));
    }

    #[test]
    fn an_address_of_another_host_is_said() {
        let other = Ipv4Addr::new(192, 0, 2, 77).into();
        assert_eq!(probe(Protocol::Tcp, Some(other), 8080), Err(Errno::ADDRNOTAVAIL));
    }
}
