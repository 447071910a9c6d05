"""Secrets are masked, everything else stays: (platform, line, the line as a viewer sees it)."""
# ruff: noqa: E501 - one device line a line

from __future__ import annotations

import pytest

from networkops.redact import MASK, mask

# `<…>` marks the secret in a line; the test removes the marks from the input and expects the mask in their place.
SECRETS = {
    "ios": [
        "enable secret 5 <$1$mERr$hx5rVt7rPNoS4wqbXKX7m0>",
        "enable secret 9 <$9$2MJBozw/9R3UsU$2lFhcKvpghcyw8deP25GOfyZaagyUOGBymkryvOdfo6>",
        "enable password <letmein>",
        "enable password level 7 7 <0822455D0A16>",
        "username admin privilege 15 secret 9 <$9$abc>",
        "username bob password 0 <plain>",
        "username bob secret <plain>",
        " password 7 <070C285F4D06>",
        " password <cisco>",
        "snmp-server community <public> RO 10",
        "snmp-server community <s3cr3t> view all RW",
        "snmp-server host 10.0.0.9 vrf MGMT traps version 2c <Tr4p>",
        "snmp-server host 10.0.0.9 <public>",
        "snmp-server user mon grp v3 auth sha <AuthPw> priv aes 128 <PrivPw>",
        "  key-string 7 <1511021F0725>",
        "  key-string <secretkey>",
        " neighbor 10.1.1.1 password 7 <094F471A1A0A>",
        " neighbor PEERS password <bgpsecret>",
        "tacacs-server key 7 <1234ABCD>",
        "tacacs-server host 10.0.0.1 key <abc123>",
        "radius-server host 10.0.0.1 auth-port 1812 acct-port 1813 key 7 <1234ABCD>",
        " key 7 <01100F175804>",
        " key <plainkey>",
        " server-private 10.0.0.1 key 7 <0011>",
        "crypto isakmp key <vpnsecret> address 0.0.0.0",
        "crypto isakmp key 6 <ABCDEF> address 192.0.2.1",
        "  pre-shared-key address 192.0.2.1 key <vpn>",
        "  pre-shared-key local <left>",
        "   wpa-psk ascii 0 <wlanpass>",
        "   wpa-psk ascii <wlanpass>",
        " ip ospf authentication-key 7 <13061E010803>",
        " ip ospf message-digest-key 1 md5 7 <0822455D0A16>",
        " ip ospf message-digest-key 1 md5 <ospfkey>",
        " standby 1 authentication md5 key-string 7 <0700>",
        " ppp chap password 0 <ppp>",
        "ntp authentication-key 1 md5 <0822455D0A16> 7",
        "ip ftp password 7 <0822>",
        " isis password <isispw>",
        "archive path ftp://backup:<ftppw>@10.0.0.5/configs",
        # as show commands print them
        "Community name: <public>",
        '    key 1 -- text "<s3cret>"',
        " Pre-shared key : <vpn>",
    ],
    "eos": [
        "enable password sha512 <$6$salt$hash>",
        "username admin privilege 15 role network-admin secret sha512 <$6$NqXG$xyz>",
        "snmp-server community <public> ro",
        "   neighbor 10.0.0.1 password 7 <abcd==>",
        "radius-server key 7 <0011>",
        "tacacs-server host 10.0.0.1 key 7 <0011>",
        "ntp authentication-key 1 sha1 7 <00>",
    ],
    "nxos_ssh": [
        "username admin password 5 <$5$xyz>  role network-admin",
        "snmp-server user admin network-admin auth md5 <0xabc> priv <0xdef> localizedkey",
        "snmp-server community <public> group network-operator",
        "tacacs-server host 10.0.0.1 key 7 <\"fewhg\">",
        "    password 3 <a667d47acc18ea6b>",
    ],
    "frr": [
        "password <zebra>",
        "enable password <zebra>",
        " neighbor 192.0.2.2 password <bgp>",
        " ip ospf message-digest-key 1 md5 <key>",
    ],
    "cisco_asa": [
        "passwd <2KFQnbNIdI.2KYOU> encrypted",
        "enable password <8Ry2YjIyt7RRXU24> encrypted",
        "username admin password <f3UhLvUj1QsXsuK7> encrypted privilege 15",
        " ikev1 pre-shared-key <vpn>",
        " ikev2 remote-authentication pre-shared-key <vpn>",
    ],
    "junos_cli": [
        '        encrypted-password "<$6$abc$def>"; ## SECRET-DATA',
        '            secret "<$9$xyz>"; ## SECRET-DATA',
        '            authentication-key "<$9$bgp>"; ## SECRET-DATA',
        "            authentication-key <plain>;",
        "    community <public> {",
        '        community "<pub lic>" {',
        'set system root-authentication encrypted-password "<$6$abc>"',
        "set snmp community <public> authorization read-only",
        '            pre-shared-key ascii-text "<$9$ike>"; ## SECRET-DATA',
        '                something-new "<$9$later>"; ## SECRET-DATA',
        '            md5 1 key "<$9$ospf>"; ## SECRET-DATA',
    ],
    "mikrotik_routeros": [
        "/ppp secret add name=bob password=<hunter2> service=l2tp",
        '/interface wireless security-profiles set [ find default=yes ] wpa2-pre-shared-key="<my wlan>" mode=dynamic-keys',
        "/snmp community set [ find default=yes ] addresses=10.0.0.0/8 name=<s3cret>",
        '/interface wireguard add private-key="<abc=>" name=wg0',
        "/radius add address=10.0.0.1 secret=<rad> service=login",
    ],
    "huawei": [
        " local-user admin password irreversible-cipher <$1a$abc$def$>",
        " snmp-agent community read cipher <%^%#abc%^%#>",
        " peer 10.0.0.1 password cipher <%^%#abc%^%#>",
        "  ospf authentication-mode md5 1 cipher <%^%#abc%^%#>",
        " radius-server shared-key cipher <%^%#abc%^%#>",
    ],
    "vyos": [
        "            encrypted-password <$6$abc>",
        "        community <public> {",
        "            pre-shared-secret '<vpn key>'",
    ],
    "fortinet": [
        "        set password ENC <AK1abc=>",
        "        set psksecret ENC <xyz>",
        '        set passphrase "<wlan key>"',
    ],
    "paloalto_panos": ["          phash <$1$abc>;", "          key <-AQ==abc>;"],
    "linux": ["    wpa-psk <wlanpass>"],
    "unheard_of": ["enable secret 5 <$1$abc>", "snmp-server community <public>"],
}  # fmt: skip

UNTOUCHED = {
    "ios": [
        "version 15.2",
        "service password-encryption",
        "no service password-recovery",
        "hostname password-store",
        "enable",
        "aaa authentication login default group tacacs+ local",
        "aaa authentication enable default group tacacs+ enable",
        "username viewer privilege 1",
        "username key nopassword",
        "snmp-server location key room, rack 7",
        "snmp-server enable traps snmp authentication linkdown",
        "snmp-server group grp v3 priv",
        "key chain OSPF",
        " neighbor 10.1.1.1 remote-as 65001",
        " neighbor 10.1.1.1 description password reset host",
        " description key 7 customer",
        "interface GigabitEthernet0/1",
        " ip ospf authentication message-digest",
        "ip ssh version 2",
        "crypto key generate rsa",
        "crypto isakmp policy 10",
        " authentication pre-share",
        "line vty 0 4",
        " login local",
        " transport input ssh",
        "ip http secure-server",
        "! secret things below",
        "ntp server 10.0.0.1 key 1",
        "ntp trusted-key 1",
        "logging host 10.0.0.1",
        "end",
        "",
    ],
    "eos": ["! Command: show running-config", "management api http-commands", "   no shutdown", "aaa root disable"],
    "junos_cli": [
        "system {",
        "    host-name r1;",
        "    authentication-order [ radius password ];",
        "    password {",
        "        format sha512;",
        "    }",
        "policy-options {",
        "    community NO-EXPORT members no-export;",
        "    description \"the key to it all\";",
        "}",
    ],
    "mikrotik_routeros": ["/ip address add address=10.0.0.1/24 interface=ether1", "/system identity set name=r1"],
    "huawei": ["sysname r1", "interface GigabitEthernet0/0/1", " description password room", "return"],
    "fortinet": ["config system admin", '    edit "admin"', "        set accprofile \"super_admin\"", "next"],
    "vyos": ["system {", "    host-name vyos", "    login {", "}"],
}  # fmt: skip


def _cases(table: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(platform, line) for platform, lines in table.items() for line in lines]


def _marked(line: str) -> tuple[str, str]:
    """A line with `<secret>` marks as the device prints it, and as it must be shown."""
    plain, shown, rest = "", "", line
    while "<" in rest:
        before, _, rest = rest.partition("<")
        secret, _, rest = rest.partition(">")
        quoted = secret[0] in "\"'" if secret else False
        plain, shown = plain + before + secret, shown + before + (f'"{MASK}"' if quoted else MASK)
    return plain + rest, shown + rest


@pytest.mark.parametrize(("platform", "line"), _cases(SECRETS))
def test_mask_hides_the_secret_alone(platform: str, line: str) -> None:
    plain, shown = _marked(line)

    assert mask(plain, platform) == shown


@pytest.mark.parametrize(("platform", "line"), _cases(UNTOUCHED))
def test_mask_leaves_other_lines_alone(platform: str, line: str) -> None:
    assert mask(line, platform) == line


def test_mask_tells_the_number_of_a_key_from_a_key() -> None:
    text = "key chain OSPF\n key 1\n  key-string a\n key 2\ntacacs server T\n key 1\n"

    assert mask(text, "ios") == f"key chain OSPF\n key 1\n  key-string {MASK}\n key 2\ntacacs server T\n key {MASK}\n"


def test_mask_keeps_the_number_of_lines_and_hides_private_keys() -> None:
    text = "hostname r1\n-----BEGIN RSA PRIVATE KEY-----\nMIIEpA\nIBAAKC\n-----END RSA PRIVATE KEY-----\nend\n"

    assert mask(text, "ios").split("\n") == [
        "hostname r1", "-----BEGIN RSA PRIVATE KEY-----", MASK, MASK, "-----END RSA PRIVATE KEY-----", "end", "",
    ]  # fmt: skip
