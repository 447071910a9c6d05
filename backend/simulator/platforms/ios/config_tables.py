"""The configuration language of the IOS-like platform, as tables.

Order is the order of the running configuration; an empty line is a `!` in it. ` = ` ends the words that name a thing,
`~` marks a line whose `no` form is kept as a line of its own (defaults that are on), ` > mode` one that opens a block.
"""

_GLOBAL = """
version = WORD
~service timestamps debug|log = REST
~service password-encryption
~service tcp-keepalives-in
~service tcp-keepalives-out
~service dhcp
~service pad
~service call-home
~service sequence-numbers
~platform REST

hostname = WORD

boot-start-marker
boot-end-marker

logging buffered = REST
~logging console = [REST]
~logging monitor = [REST]
enable secret = REST
enable password = REST

~aaa new-model

aaa authentication WORD WORD = REST
aaa authorization WORD WORD = REST
aaa accounting WORD WORD = REST
aaa session-id = WORD

clock timezone = WORD INT [INT]
clock summer-time = REST
~ip cef
~ip source-route
~ip routing
~ip gratuitous-arps
ip domain name = WORD
ip domain-name = WORD
~ip domain lookup
~ip domain-lookup
ip name-server ADDR [ADDR]
ip multicast-routing
~ip dhcp snooping
ip dhcp excluded-address REST
ip dhcp pool WORD > dhcp
~ipv6 unicast-routing
~ipv6 cef
~lldp run
~cdp run

vrf definition WORD > vrf
vtp mode = WORD
vtp domain = WORD
~vstack
errdisable recovery REST
license REST
spanning-tree mode = WORD
~spanning-tree extend system-id
spanning-tree vlan WORD = REST
spanning-tree portfast REST

archive > archive
username WORD = REST
redundancy
file prompt = WORD

vlan INT > vlan

ip ssh time-out = INT
ip ssh version = INT
ip ssh source-interface = IFNAME
ip ssh REST
ip tftp source-interface = IFNAME
ip ftp REST
ip scp server enable
key chain WORD > keychain

class-map match-any|match-all WORD > class-map
class-map WORD > class-map
policy-map WORD > policy-map

interface IFNAME > interface

router ospf INT > ospf
router ospf INT vrf WORD > ospf
router bgp INT > bgp
router eigrp WORD > ospf

ip forward-protocol WORD
~ip http server
~ip http secure-server
~ip http authentication REST
ip default-gateway = ADDR
ip route vrf WORD REST
ip route ADDR MASK REST
ip nat inside|outside REST

ip access-list standard WORD > acl-standard
ip access-list extended WORD > acl-extended
ip prefix-list REST
ipv6 route REST
ip sla INT > sla
ip sla schedule REST

logging trap = [REST]
logging facility = WORD
logging origin-id = REST
logging source-interface = IFNAME
logging host ADDR = [REST]
access-list INT REST

route-map WORD permit|deny INT > route-map

snmp-server group REST
snmp-server user REST
snmp-server view REST
snmp-server community WORD = [REST]
snmp-server trap-source = IFNAME
snmp-server location = REST
snmp-server contact = REST
snmp-server chassis-id = WORD
snmp-server ifindex = WORD
snmp-server enable traps [REST]
snmp-server host ADDR REST
tacacs server WORD > aaa-server
radius server WORD > aaa-server
tacacs-server REST
radius-server REST

~control-plane

banner motd|login|exec|incoming = REST

alias exec WORD = REST
line con|aux INT > line
line vty INT INT > line
line vty INT > line

ntp logging
ntp authenticate
ntp authentication-key INT = REST
ntp trusted-key INT
ntp clock-period = INT
ntp source = IFNAME
ntp access-group WORD = REST
ntp server ADDR = [REST]
ntp peer ADDR = [REST]
event manager REST
scheduler REST
"""

_INTERFACE = """
description = REST
~switchport
switchport access vlan = INT
switchport trunk native vlan = INT
switchport trunk allowed vlan = REST
switchport trunk encapsulation = WORD
switchport mode = WORD [REST]
switchport voice vlan = INT
switchport port-security = [REST]
~switchport nonegotiate
bandwidth = INT
delay = INT
mtu = INT
encapsulation = REST
vrf forwarding = WORD
ip vrf forwarding = WORD
~ip address = ADDR MASK
ip address dhcp
ip address ADDR MASK secondary
~ip redirects
~ip unreachables
~ip proxy-arp
ip helper-address ADDR
ip access-group WORD in|out
ip mtu = INT
ip tcp adjust-mss = INT
ip nat inside|outside
ip flow REST
ip pim = WORD
ip ospf network = WORD
ip ospf authentication = [REST]
ip ospf message-digest-key INT md5 = REST
ip ospf cost = INT
ip ospf priority = INT
ip ospf INT area = WORD
ip dhcp snooping REST
ip verify REST
standby INT ip = ADDR
standby INT priority = INT
standby INT preempt = [REST]
standby version = INT
tunnel source = REST
tunnel destination = ADDR
tunnel mode = REST
load-interval = INT
~keepalive = [INT]
shutdown
duplex = WORD
speed = WORD
negotiation = WORD
media-type = WORD
channel-group INT = REST
storm-control REST
spanning-tree portfast = [REST]
spanning-tree bpduguard = WORD
spanning-tree REST
~cdp enable
~lldp transmit
~lldp receive
~mop enabled
ipv6 address PREFIX6 [REST]
ipv6 address autoconfig|dhcp
ipv6 address ADDR6 link-local
~ipv6 enable
ipv6 ospf INT area = WORD
ipv6 traffic-filter WORD in|out
~snmp trap link-status
service-policy input|output = WORD
auto qos REST
"""

_AF_LINES = """
bgp REST
network WORD = [REST]
aggregate-address WORD WORD [REST]
redistribute WORD = [REST]
neighbor WORD activate
neighbor WORD remote-as = WORD
neighbor WORD description = REST
neighbor WORD peer-group = [WORD]
neighbor WORD update-source = IFNAME
neighbor WORD password = REST
neighbor WORD send-community = [WORD]
neighbor WORD next-hop-self = [WORD]
neighbor WORD soft-reconfiguration inbound
neighbor WORD route-reflector-client
neighbor WORD route-map WORD in|out
neighbor WORD prefix-list WORD in|out
neighbor WORD maximum-prefix = REST
neighbor WORD ebgp-multihop = [INT]
neighbor WORD timers = REST
neighbor WORD shutdown
neighbor WORD fall-over = [WORD]
maximum-paths = REST
~auto-summary
~synchronization
default-information originate
exit-address-family
"""

MODES: dict[str, tuple[str, str]] = {
    "global": ("config", _GLOBAL),
    "interface": ("config-if", _INTERFACE),
    "ospf": (
        "config-router",
        """
router-id = ADDR
ispf
log-adjacency-changes = [WORD]
auto-cost reference-bandwidth = INT
area WORD REST
summary-address REST
redistribute WORD = [REST]
~passive-interface default
~passive-interface IFNAME
network ADDR ADDR area = WORD
network ADDR [ADDR]
default-information originate = [REST]
distribute-list REST
maximum-paths = INT
~auto-summary
eigrp REST
""",
    ),
    "bgp": (
        "config-router",
        _AF_LINES.replace("exit-address-family\n", "")
        + """
distance bgp = REST
address-family ipv4|ipv6|vpnv4 unicast > bgp-af
address-family ipv4|ipv6 > bgp-af
address-family ipv4|ipv6 vrf WORD > bgp-af
template peer-policy WORD > bgp-af
""",
    ),
    "bgp-af": ("config-router-af", _AF_LINES),
    "line": (
        "config-line",
        """
session-timeout = INT
access-class WORD in|out = [REST]
exec-timeout = INT [INT]
privilege level = INT
password = REST
~logging synchronous = [REST]
login = [REST]
authorization WORD = WORD
~exec
length = INT
width = INT
stopbits = INT
speed = INT
transport preferred = WORD
transport input = REST
transport output = REST
ipv6 access-class WORD in
""",
    ),
    "acl-extended": (
        "config-ext-nacl",
        """
remark|permit|deny REST
INT permit|deny REST
""",
    ),
    "acl-standard": (
        "config-std-nacl",
        """
remark|permit|deny REST
INT permit|deny REST
""",
    ),
    "archive": (
        "config-archive",
        """
log config > archive-log
path = WORD
maximum = INT
write-memory
time-period = INT
""",
    ),
    "archive-log": (
        "config-archive-log-cfg",
        """
logging enable
logging size = INT
notify syslog = [REST]
hidekeys
""",
    ),
    "vlan": ("config-vlan", "name = WORD\nstate = WORD\n"),
    "dhcp": (
        "dhcp-config",
        "network = ADDR ADDR\ndefault-router = ADDR\ndns-server = REST\ndomain-name = WORD\n"
        "lease = REST\noption REST\n",
    ),
    "vrf": (
        "config-vrf",
        """
description = REST
rd = WORD
route-target export|import WORD
address-family ipv4|ipv6 > vrf-af
""",
    ),
    "vrf-af": ("config-vrf-af", "route-target export|import WORD\nexit-address-family\n"),
    "keychain": ("config-keychain", "key INT > key\n"),
    "key": ("config-keychain-key", "key-string = REST\naccept-lifetime = REST\nsend-lifetime = REST\n"),
    "class-map": ("config-cmap", "description = REST\nmatch REST\n"),
    "policy-map": ("config-pmap", "description = REST\nclass WORD > policy-class\n"),
    "policy-class": (
        "config-pmap-c",
        "bandwidth = REST\npriority = [REST]\npolice = REST\nset REST\nfair-queue = [REST]\nshape = REST\n"
        "random-detect = [REST]\nqueue-limit = REST\n",
    ),
    "route-map": ("config-route-map", "description = REST\nmatch REST\nset REST\ncontinue = [INT]\n"),
    "sla": ("config-ip-sla", "icmp-echo = REST\nudp-jitter = REST\nfrequency = INT\ntimeout = INT\ntag = REST\n"),
    "aaa-server": ("config-server", "address ipv4 = ADDR [REST]\nkey = REST\ntimeout = INT\n"),
}
