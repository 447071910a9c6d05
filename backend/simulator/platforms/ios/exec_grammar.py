"""The commands of the IOS-like platform outside configuration mode: pattern and the name of what runs it."""

from __future__ import annotations

from functools import cache

from simulator.grammar import Grammar

_USER = """
enable [INT]                                     enable
disable                                          disable
exit                                             logout
logout                                           logout
quit                                             logout
terminal length INT                              terminal_length
terminal width INT                               nothing
terminal monitor                                 nothing
terminal no monitor                              nothing
terminal history size INT                        nothing
ping WORD [REST]                                 ping
show version                                     show_version
show clock                                       show_clock
show privilege                                   show_privilege
show users                                       show_users
show history                                     show_history
show hosts                                       show_hosts
show inventory                                   show_inventory
show arp                                         show_arp
show ip arp                                      show_arp
show interfaces [IFNAME]                         show_interfaces
show interfaces description                      show_interfaces_description
show interfaces status                           show_interfaces_status
show ip interface brief                          show_ip_interface_brief
show ip interface [IFNAME]                       show_ip_interface
show ipv6 interface brief                        show_ipv6_interface_brief
show ipv6 interface                              show_ipv6_interface
show ipv6 neighbors                              show_nothing
show lldp neighbors                              show_lldp
show lldp neighbors detail                       show_lldp_detail
show lldp neighbors IFNAME detail                show_lldp_detail
show cdp neighbors                               show_cdp
show cdp neighbors detail                        show_cdp_detail
show vlan brief                                  show_vlan
show ip route                                    show_ip_route
show ip ospf neighbor                            show_ospf_neighbor
show ip bgp summary                              show_bgp_summary
show snmp chassis                                show_snmp_chassis
show snmp location                               show_snmp_location
show processes cpu                               show_cpu
show memory statistics                           show_memory
show ntp associations                            show_ntp
show ntp status                                  show_ntp
"""

_PRIVILEGED = """
configure terminal                               configure
configure terminal revert timer INT              configure_revert
configure confirm                                configure_confirm
configure revert now                             configure_revert_now
configure revert timer INT                       configure_revert_extend
configure replace WORD [REST]                    configure_replace
copy running-config startup-config               copy_to_startup
copy WORD running-config                         copy_to_running
copy running-config WORD                         copy_from_running
copy startup-config WORD                         copy_from_startup
copy WORD WORD                                   copy_file
write [memory]                                   save
write terminal                                   show_running
archive config                                   archive_config
erase startup-config                             erase_startup
delete WORD                                      delete
delete /force WORD                               delete
dir [WORD]                                       dir
more WORD                                        more
verify /md5 WORD [WORD]                          verify
clear REST                                       nothing
show running-config [all]                        show_running
show running-config interface IFNAME             show_running_interface
show startup-config                              show_startup
show archive                                     show_archive
show archive config differences [WORD]           show_differences
show archive config differences WORD WORD        show_differences
show archive config incremental-diffs WORD [ignorecase]   show_incremental
show archive config rollback timer               show_rollback_timer
show flash:                                      show_flash
show file systems                                show_file_systems
show logging                                     show_logging
"""


def exec_table(*, privileged: bool) -> dict[str, str]:
    """Pattern to command name, for user or privileged mode."""
    table = {}
    for line in (_USER + _PRIVILEGED if privileged else _USER).splitlines():
        pattern, _, name = line.rpartition("  ")
        if name:
            table[pattern.strip()] = name.strip()
    return table


@cache
def exec_grammar(privileged: bool) -> Grammar[str]:
    """The commands of user or privileged mode, compiled once."""
    return Grammar(exec_table(privileged=privileged).items())
