"""Which hosts are this machine's own."""

import ipaddress


def is_loopback(host: str) -> bool:
    """Whether a name or an address is that of this machine for itself, which no other machine reaches.

    Example:
        >>> is_loopback("localhost"), is_loopback("::1"), is_loopback("127.0.0.1"), is_loopback("0.0.0.0")
        (True, True, True, False)
    """
    return host.lower() == "localhost" or (is_address(host) and ipaddress.ip_address(host).is_loopback)


def is_address(host: str) -> bool:
    """Whether it is an address, and no name.

    Example:
        >>> is_address("192.168.0.7"), is_address("example.org")
        (True, False)
    """
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
