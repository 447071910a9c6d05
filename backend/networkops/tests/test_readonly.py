"""What reads and what does not: (platform, command, allowed), thought up as somebody who wants to write."""

from __future__ import annotations

import pytest

from networkops.platforms import PLATFORMS
from networkops.readonly import LONGEST, bad_pattern, normal, refusal, tells_secret, unfit
from networkops.readonly_rules import RULES

YES, NO = True, False
CASES = [
    # plain reading, abbreviated behind the first word as people type it
    ("ios", "show version", YES),
    ("ios", "show run", YES),
    ("ios", "SHOW IP INT BR", YES),
    ("ios", "  show   ip route  10.0.0.0/8 ", YES),
    ("ios", "show interfaces GigabitEthernet0/0.100", YES),
    ("ios", "show ip bgp 2001:db8::1", YES),
    ("ios", "show running-config | section interface Gi0/1", YES),
    ("ios", "show run | i hostname", YES),
    ("ios", "show ip int br | exclude unassigned|down", YES),
    ("ios", "show run | include ^interface|^ip address", NO),
    ("ios", "show run | include ^hostname$", YES),
    ("ios", "show run | include a | count b", YES),
    ("ios", "ping 192.0.2.1 repeat 5 source Loopback0", YES),
    ("ios", "traceroute vrf blue 192.0.2.1", YES),
    ("ios", "dir flash:", YES),
    # other verbs, whole and abbreviated
    ("ios", "sh run", NO),
    ("ios", "s run", NO),
    ("ios", "do show run", NO),
    ("ios", "conf t", NO),
    ("ios", "configure terminal", NO),
    ("ios", "configure replace flash:x force", NO),
    ("ios", "reload", NO),
    ("ios", "write erase", NO),
    ("ios", "wr", NO),
    ("ios", "copy run start", NO),
    ("ios", "clear counters", NO),
    ("ios", "debug all", NO),
    ("ios", "undebug all", NO),
    ("ios", "terminal monitor", NO),
    ("ios", "delete flash:x", NO),
    ("ios", "more system:running-config", NO),
    ("ios", "test cable-diagnostics tdr interface Gi0/1", NO),
    ("ios", "event manager run x", NO),
    ("ios", "tclsh", NO),
    ("ios", "tclsh tftp://192.0.2.1/x", NO),
    ("ios", "guestshell run reboot", NO),
    ("ios", "send log x", NO),
    ("ios", "telnet 192.0.2.1", NO),
    ("ios", "ssh 192.0.2.1", NO),
    ("ios", "monitor capture x start", NO),
    ("ios", "crypto key zeroize rsa", NO),
    ("ios", "showx", NO),
    ("ios", "show-me", NO),
    ("ios", "|show version", NO),
    ("ios", "", NO),
    ("ios", "   ", NO),
    # ping: one that would ask back, that floods, that goes on
    ("ios", "ping", NO),
    ("ios", "ping 192.0.2.1 repeat 2147483647", NO),
    ("ios", "ping 192.0.2.1 repeat 101", NO),
    ("ios", "ping -f 192.0.2.1", NO),
    ("ios", "ping 192.0.2.1 | redirect flash:x", NO),
    # what writes behind a bar, in every spelling
    ("ios", "show version | redirect flash:x", NO),
    ("ios", "show version | redirect tftp://192.0.2.1/x", NO),
    ("ios", "show version | red flash:x", NO),
    ("ios", "show version | r flash:x", NO),
    ("ios", "show version | tee flash:x", NO),
    ("ios", "show version | t flash:x", NO),
    ("ios", "show version | append flash:x", NO),
    ("ios", "show version | a flash:x", NO),
    ("ios", "show version |redirect flash:x", NO),
    ("ios", "show version|redirect flash:x", NO),
    ("ios", "show version| REDIRECT flash:x", NO),
    ("ios", "show version | include x | redirect flash:y", NO),
    ("ios", "show version | include x|redirect flash:y", NO),
    ("ios", "show version | include x |redirect flash:y", NO),
    ("ios", "show version | include x| redirect flash:y", NO),
    ("ios", "show version | include x|redirect", NO),
    ("ios", "show version | include x|red", NO),
    ("ios", "show version | include x|tee", NO),
    ("ios", 'show version | include "x | redirect flash:y"', NO),
    ("ios", "show version | include x|y|append flash:z", NO),
    ("ios", "show version | include x\\|redirect flash:y", NO),
    ("ios", "show version || redirect flash:x", NO),
    ("ios", "show version |", NO),
    ("ios", "show version | | redirect flash:x", NO),
    ("ios", "show version | format flash:x", NO),
    ("ios", "show version > flash:x", NO),
    ("ios", "show version >> flash:x", NO),
    ("ios", "show logging process bgp to-file flash:x", NO),
    ("ios", "show logging profile all to flash:x", NO),
    ("ios", "show cry isakmp key", NO),
    ("ios", "show crypto isakmp sa", YES),
    ("ios", "show crypto key mypubkey rsa", YES),
    # joined commands, line breaks, control characters, helpers of the keyboard
    ("ios", "show version ; reload", NO),
    ("ios", "show version;reload", NO),
    ("ios", "show version\nreload", NO),
    ("ios", "show version\rreload", NO),
    ("ios", "show version\r\n", NO),
    ("ios", "show version\x0breload", NO),
    ("ios", "show version\x85reload", NO),
    ("ios", "show version\u2028reload", NO),
    ("ios", "show version\x00", NO),
    ("ios", "show version\x03conf t", NO),
    ("ios", "show version\x15reload", NO),
    ("ios", "show version\x1a", NO),
    ("ios", "show version\x16\x0areload", NO),
    ("ios", "show\tversion", NO),
    ("ios", "show version\x1b[A", NO),
    ("ios", "xxxx\x08\x08\x08\x08show version", NO),
    ("ios", "show version ?", NO),
    ("ios", "show version && reload", NO),
    ("ios", "show version & reload", NO),
    ("ios", "show $(reload)", NO),
    ("ios", "show `reload`", NO),
    ("ios", "show ${x}", NO),
    ("ios", "show version !", NO),
    ("ios", "show tftp://192.0.2.1/x", NO),
    # look-alikes: Cyrillic and full-width letters, other spaces, other bars, invisible ones
    ("ios", "ѕhow version", NO),
    ("ios", "ｓｈｏｗ version", NO),
    ("ios", "show\u00a0version", NO),
    ("ios", "show version \uff5c redirect flash:x", NO),
    ("ios", "show version\u200b", NO),
    ("ios", "show ver\u202esion", NO),
    ("ios", "show version \u037e reload", NO),
    ("ios", "show " + "x" * LONGEST, NO),
    # EOS
    ("eos", "show version | json", YES),
    ("eos", "show ip bgp summary | include Estab", YES),
    ("eos", "show version | bash", NO),
    ("eos", "show version | tee flash:x", NO),
    ("eos", "show version | redirect flash:x", NO),
    ("eos", "show version | append flash:x", NO),
    ("eos", "show version > flash:x", NO),
    ("eos", "show version >> flash:x", NO),
    ("eos", "show tech-support | redirect flash:x", NO),
    ("eos", "show version | awk {system(1)}", NO),
    ("eos", "show version | include a | bash", NO),
    ("eos", "show version | include $(reboot)", NO),
    ("eos", "show version | include a|b", NO),
    ("eos", "show version | grep -f /etc/shadow", NO),
    ("eos", "show version | include -f", NO),
    ("eos", "bash", NO),
    ("eos", "bash sudo reboot", NO),
    ("eos", "enable", NO),
    ("eos", "watch show clock", NO),
    ("eos", "configure session x", NO),
    # NX-OS
    ("nxos_ssh", "show interface brief | include up", YES),
    ("nxos_ssh", "show version | json", YES),
    ("nxos_ssh", "show version | no-more", YES),
    ("nxos_ssh", "show logging | last 50", YES),
    ("nxos_ssh", "show version > bootflash:x", NO),
    ("nxos_ssh", "show version >> bootflash:x", NO),
    ("nxos_ssh", "show version > volatile:x", NO),
    ("nxos_ssh", "show version | sed s/a/b/w", NO),
    ("nxos_ssh", "show version | sed -n w/bootflash/x", NO),
    ("nxos_ssh", "show version | awk x", NO),
    ("nxos_ssh", "show version | vsh", NO),
    ("nxos_ssh", "show version | sh", NO),
    ("nxos_ssh", "show version | email x", NO),
    ("nxos_ssh", "show version | sort -o x", NO),
    ("nxos_ssh", "show version | uniq a b", NO),
    ("nxos_ssh", "show version | tee x", NO),
    ("nxos_ssh", "show version | diff", NO),
    ("nxos_ssh", "show version | source x", NO),
    ("nxos_ssh", "show version | grep -f bootflash:x", NO),
    ("nxos_ssh", "show version | grep x$(reload)", NO),
    ("nxos_ssh", "show version | include a|sh", NO),
    ("nxos_ssh", "show version | json | sh", NO),
    ("nxos_ssh", "show clock ; conf t ; hostname x", NO),
    ("nxos_ssh", "show version | json x", NO),
    ("nxos", "show clock ;reload", NO),
    ("nxos_ssh", "run bash", NO),
    ("nxos_ssh", "run guestshell", NO),
    ("nxos_ssh", "python bootflash:x", NO),
    ("nxos_ssh", "tac-pac", NO),
    ("nxos_ssh", "checkpoint x", NO),
    # IOS XR
    ("iosxr_cli", "show bgp summary | include 65000", YES),
    ("iosxr_cli", "show run | file harddisk:x", NO),
    ("iosxr_cli", "show run | utility sort x", NO),
    ("iosxr_cli", "show tech-support", NO),
    ("iosxr_cli", "show tech file harddisk:x", NO),
    ("iosxr_cli", "show interfaces te 0/0/0/1", YES),
    ("iosxr_cli", "show interfaces TenGigE0/0/0/1", YES),
    ("iosxr_cli", "run", NO),
    ("iosxr_cli", "admin reload", NO),
    # Junos
    ("junos_cli", "show configuration | display set | no-more", YES),
    ("junos_cli", 'show interfaces terse | match "ge-|xe-"', YES),
    ("junos_cli", "show interfaces ge-*", YES),
    ("junos_cli", "ping 192.0.2.1 count 5", YES),
    ("junos_cli", "ping 192.0.2.1", NO),
    ("junos_cli", "show configuration | save x", NO),
    ("junos_cli", "show configuration | tee x", NO),
    ("junos_cli", "show configuration | append x", NO),
    ("junos_cli", "show version | request message all x", NO),
    ("junos_cli", "show version | request", NO),
    ("junos_cli", "show version | refresh 1", NO),
    ("junos_cli", "show version | hold", NO),
    ("junos_cli", 'show version | match "a" | save x', NO),
    ("junos_cli", 'show version | match "a | save x', NO),
    ("junos_cli", 'show version | match "a\\" | save x"', NO),
    ("junos_cli", "show version | display set | save x", NO),
    ("junos_cli", "show | compare", NO),
    ("junos_cli", "request system reboot", NO),
    ("junos_cli", "start shell", NO),
    ("junos_cli", "configure", NO),
    ("junos_cli", "edit", NO),
    ("junos_cli", "set system host-name x", NO),
    ("junos_cli", "file show /etc/master.passwd", NO),
    ("junos_cli", "file delete x", NO),
    ("junos_cli", "monitor traffic", NO),
    ("junos", "show version", YES),
    # FRR
    ("frr", "show ip bgp summary json", YES),
    ("frr", "show running-config | include router", YES),
    ("frr", "show version | save x", NO),
    ("frr", "write memory", NO),
    ("frr", "write terminal", NO),
    ("frr", "ping 192.0.2.1", NO),
    ("frr", "traceroute -z 192.0.2.1", NO),
    ("frr", "start-shell bash", NO),
    ("frr", "copy x running-config", NO),
    # Huawei, Comware
    ("huawei", "display version", YES),
    ("huawei", "display current-configuration | include sysname", YES),
    ("huawei", "dis cur", NO),
    ("huawei", "show version", NO),
    ("huawei", "display version > flash:/x", NO),
    ("huawei", "display diagnostic-information x.txt", NO),
    ("huawei", "display diag x", NO),
    ("huawei", "system-view", NO),
    ("huawei", "save", NO),
    ("huawei", "reset saved-configuration", NO),
    ("hp_comware", "display version >> x", NO),
    ("hp_comware", "tftp 192.0.2.1 get x", NO),
    # shells of Unix under the command line
    ("vyos", "show interfaces", YES),
    ("vyos", "show version | match VyOS", YES),
    ("vyos", "show version; sudo reboot", NO),
    ("vyos", "show version && reboot", NO),
    ("vyos", "show version | sudo tee /etc/x", NO),
    ("vyos", "show version | match $(reboot)", NO),
    ("vyos", "show `reboot`", NO),
    ("vyos", "show version > /config/x", NO),
    ("vyos", "show <(reboot)", NO),
    ("vyos", "show {a,b}", NO),
    ("vyos", "show monitoring", YES),
    ("vyos", "show log monitor", NO),
    ("vyos", "set system host-name x", NO),
    ("linux", "uptime", YES),
    ("linux", "ip -br addr", YES),
    ("linux", "ip addr show dev eth0", YES),
    ("linux", "cat /etc/os-release", YES),
    ("linux", "cat /etc/hosts | grep -i web", YES),
    ("linux", "ping -c 5 192.0.2.1", YES),
    ("linux", "cat /etc/shadow", NO),
    ("linux", "cat /etc/os-release /etc/shadow", NO),
    ("linux", "cat /etc/../etc/shadow", NO),
    ("linux", "cat /proc/self/environ", NO),
    ("linux", "hostname evil", NO),
    ("linux", "date -s 2000-01-01", NO),
    ("linux", "dmesg -C", NO),
    ("linux", "ip link set eth0 down", NO),
    ("linux", "ip addr add 192.0.2.1/24 dev eth0", NO),
    ("linux", "ip route flush table main", NO),
    ("linux", "ip netns exec x reboot", NO),
    ("linux", "uptime; reboot", NO),
    ("linux", "uptime | sh", NO),
    ("linux", "uptime | grep x; reboot", NO),
    ("linux", "uptime | grep -f /etc/shadow x", NO),
    ("linux", "uptime | head /etc/shadow", NO),
    ("linux", "ping 192.0.2.1", NO),
    ("linux", "ss -K", NO),
    ("linux", "bash -c reboot", NO),
    ("linux", "sudo cat /etc/shadow", NO),
    ("linux", "systemctl restart x", NO),
    ("linux", "systemctl status x", NO),
    # the others
    ("mikrotik_routeros", "/ip address print", YES),
    ("mikrotik_routeros", "/ip/route/print detail without-paging", YES),
    ("mikrotik_routeros", "/export hide-sensitive", YES),
    ("mikrotik_routeros", "/export file=x", NO),
    ("mikrotik_routeros", "/ip address print file=x", NO),
    ("mikrotik_routeros", "/system script run print", NO),
    ("mikrotik_routeros", "/system reboot", NO),
    ("mikrotik_routeros", "/ip address remove 0", NO),
    ("mikrotik_routeros", "/ip address print; /system reboot", NO),
    ("mikrotik_routeros", "/ip address print where [/system reboot]", NO),
    ("mikrotik_routeros", ":execute x", NO),
    ("fortinet", "get system status", YES),
    ("fortinet", "show full-configuration", YES),
    ("fortinet", "execute ping 192.0.2.1", YES),
    ("fortinet", "execute reboot", NO),
    ("fortinet", "diagnose sys kill 9 1", NO),
    ("fortinet", "get system performance top", NO),
    ("fortinet", "config global", NO),
    ("paloalto_panos", "show system info", YES),
    ("paloalto_panos", "show system resources follow", NO),
    ("paloalto_panos", "request restart system", NO),
    ("paloalto_panos", "configure", NO),
    ("cisco_asa", "show vpn-sessiondb", YES),
    ("cisco_asa", "show tech-support file disk0:/x", NO),
    ("cisco_asa", "show run | tftp", NO),
    ("cisco_asa", "show tech fi disk0:/x", NO),
    ("cisco_asa", "more system:running-config", NO),
    ("aruba_aoscx", "show interface brief", YES),
    ("aruba_aoscx", "show tech basic local-file", NO),
    ("aruba_aoscx", "start-shell", NO),
    ("dell_os10", "show version | save x", NO),
    ("extreme_exos", "show version", YES),
    ("extreme_exos", "show tech-support all logto file", NO),
    ("nokia_sros", "admin display-config", YES),
    ("nokia_sros", "admin save", NO),
    ("nokia_sros", "admin reboot now", NO),
    ("nokia_sros", "show router interface > cf3:/x", NO),
    ("juniper_screenos", "get system", YES),
    ("juniper_screenos", "get config > tftp 192.0.2.1 x", NO),
    ("hp_procurve", "show running-config", YES),
    ("hp_procurve", "erase startup-config", NO),
    ("cisco_wlc", "show sysinfo", YES),
    ("cisco_wlc", "reset system", NO),
    ("no_such_platform", "show version", NO),
]


@pytest.mark.parametrize(("platform", "command", "is_allowed"), CASES)
def test_reads_or_is_refused_in_words(platform: str, command: str, is_allowed: bool) -> None:
    words = refusal(command, platform)

    assert not words if is_allowed else words, words
    assert "\n" not in words
    assert not words.endswith(".")


ENDINGS = ("; reload", "\nreload", "\rreload", " > x", " >> x", " < x", " && x", " & x", " | sh", " | bash", " | tee x",
           " | redirect x", " | append x", " | save x", " | file x", " | sed w", " | vsh", " | request x", " $(x)",
           " `x`", " \\", " ?", " \x03", " |", " || x", " | include x | redirect y", "{x}",
           " | match x | save y")  # fmt: skip
READING = {"huawei": "display version", "hp_comware": "display version", "juniper_screenos": "get system",
           "mikrotik_routeros": "/system resource print", "linux": "uptime"}  # fmt: skip


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_no_ending_makes_a_reading_command_write(platform: str) -> None:
    reading = READING.get(platform, "show version")

    assert refusal(reading, platform) == ""
    assert [ending for ending in ENDINGS if not refusal(reading + ending, platform)] == []


VERBS = [
    "configure", "conf", "config", "system-view", "set", "delete", "edit", "commit", "rollback", "load", "save",
    "write", "copy", "erase", "format", "reload", "reboot", "reset", "clear", "debug", "request", "start", "shell",
    "bash", "run", "guestshell", "python", "tclsh", "telnet", "ssh", "enable", "disable", "do", "no", "undo",
    "exit", "quit", "execute", "diagnose", "admin", "import", "install", "upgrade", "rename", "move", "mkdir",
    "rmdir", "monitor", "watch", "terminal", "send", "test", "alias", "export", "/export file=x",
]  # fmt: skip


@pytest.mark.parametrize("platform", sorted(PLATFORMS))
def test_no_other_verb_passes_on_any_platform(platform: str) -> None:
    passed = [verb for verb in VERBS for tail in ("", " x", " all") if not refusal(verb + tail, platform)]

    assert passed == (["export"] if platform == "mikrotik_routeros" else [])  # which shows, without a file's name


def test_each_platform_has_its_rules() -> None:
    assert sorted(RULES) == sorted(PLATFORMS)


ALLOWED = [
    ("request support information", "request support information", YES),
    ("request support information", "request support", NO),
    ("request support information", "request support information x", NO),
    ("request support information", "request support information | no-more", YES),
    ("request support information", "request support information | save x", NO),
    ("request chassis * status", "request chassis fpc status", YES),
    ("request chassis * status", "request chassis fpc;reboot status", NO),
    ("request chassis * status", "request chassis fpc slot status", NO),
    ("request chassis * status", "REQUEST chassis fpc status", YES),
]


@pytest.mark.parametrize(("pattern", "command", "is_allowed"), ALLOWED)
def test_a_customers_own_command_passes_as_it_is_written(pattern: str, command: str, is_allowed: bool) -> None:
    assert (refusal(command, "junos_cli", [pattern]) == "") is is_allowed


@pytest.mark.parametrize(
    ("pattern", "is_good"),
    [("request support information", YES), ("ping * count *", YES), ("* x", NO), ("show x | save y", NO), ("", NO),
     ("a;b", NO), ("a\nb", NO), ("request **", NO), ("ping -c 5 *", YES)],
)  # fmt: skip
def test_a_customers_pattern_is_plain_words(pattern: str, is_good: bool) -> None:
    assert (bad_pattern(pattern) == "") is is_good


def test_spaces_are_sent_once() -> None:
    assert normal("  show   ip  route ") == "show ip route"


def test_a_command_with_a_secret_in_it_is_told() -> None:
    assert tells_secret("username bob password 0 hunter2")
    assert tells_secret("set system radius-server 192.0.2.1 secret hunter2")
    assert not tells_secret("show running-config | include password")
    assert not tells_secret("show version")
    assert unfit("reload") == ""
