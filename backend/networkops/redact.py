"""Mask the secrets in a configuration for those who may not see them. Lines stay lines; only the secret is replaced."""
# ruff: noqa: E501 - a pattern is read in one line

from __future__ import annotations

import re
from functools import cache

MASK = "••••••"

# In every pattern the named group `s` is what gets masked. Patterns are matched line by line, anywhere in the line,
# without regard to case. Masking too much is a nuisance, too little is a leak: a word that is only sometimes a secret
# (a key id, `password` as the name of a feature) is kept out by what has to stand beside it.
_TYPE = r"(?:(?:\d{1,2}|md5|sha\d*|sha-?\d+|clear|encrypted|cipher|simple|hash|irreversible-cipher|plain(?:text)?)\s+)?"

_CISCO = (
    rf"\benable (?:secret|password)(?: level \d+)? {_TYPE}(?P<s>\S+)",
    rf"\busername \S+.*? (?:password|secret) {_TYPE}(?P<s>\S+)",
    rf"^\s*(?:password|secret) {_TYPE}(?P<s>\S+)\s*$",
    r"\bsnmp-server community (?:\d+ )?(?P<s>\S+)",
    r"\bsnmp-server host \S+(?: vrf \S+)?(?: (?:traps?|informs?))?(?: version (?:1|2c))? (?!version|vrf|traps|informs)(?P<s>\S+)",
    r"\bsnmp-server user \S+ .*?\bauth(?:entication)? (?:md5|sha\S*) (?P<s>\S+)",
    r"\bsnmp-server user \S+ .*?\bpriv(?:acy)? (?:des|3des|aes(?: ?\d+|-\d+)?) (?P<s>\S+)",
    r"\bsnmp-server user \S+ .*?\bpriv (?!des|3des|aes)(?P<s>\S+)",
    rf"\bkey-string {_TYPE}(?P<s>\S+)",
    rf"\bneighbor \S+ password {_TYPE}(?P<s>\S+)",
    rf"\b(?:tacacs|radius)(?:-server|server)? .*?\bkey {_TYPE}(?P<s>\S+)",
    rf"^\s+(?:key|pac key|server-private \S+.*? key) {_TYPE}(?P<s>\S+)\s*$",
    r"\bcrypto isakmp key (?:\d+ )?(?P<s>\S+) (?:address|hostname)",
    rf"\bpre-shared-key (?:local |remote |address \S+(?: \S+)? key )?{_TYPE}(?P<s>\S+)",
    rf"\bikev1 pre-shared-key {_TYPE}(?P<s>\S+)",
    rf"\bwpa-psk (?:ascii|hex) {_TYPE}(?P<s>\S+)",
    rf"\bip ospf authentication-key {_TYPE}(?P<s>\S+)",
    rf"\bmessage-digest-key \d+ md5 {_TYPE}(?P<s>\S+)",
    rf"\barea \S+ virtual-link .*?authentication-key {_TYPE}(?P<s>\S+)",
    r"\bisis (?:password|authentication key) (?P<s>\S+)",
    rf"\b(?:domain|area)-password {_TYPE}(?P<s>\S+)",
    rf"\bstandby \d+ authentication (?:text |md5 key-string )?{_TYPE}(?P<s>(?!md5|text)\S+)",
    rf"\bvrrp \d+ authentication (?:text |md5 key-string )?{_TYPE}(?P<s>(?!md5|text)\S+)",
    rf"\bppp (?:chap|pap sent-username \S+) password {_TYPE}(?P<s>\S+)",
    rf"\bntp authentication-key \d+ (?:md5|sha\S*|cmac\S*|hmac\S*) {_TYPE}(?P<s>\S+)",
    rf"\bip (?:ftp|http client) password {_TYPE}(?P<s>\S+)",
    rf"\bauthentication(?: mode)? (?:md5|text) key-string {_TYPE}(?P<s>\S+)",
    rf"\bset community-string {_TYPE}(?P<s>\S+)",
    rf"\b(?:passwd|ldap-login-password|sasl-password) {_TYPE}(?P<s>\S+)",
    rf"\bserver-key {_TYPE}(?P<s>\S+)",
    r"\bsecret sha512 (?P<s>\S+)",
    r"://[^/\s:@]+:(?P<s>[^@\s/]+)@",
    # as show commands print them
    r"^Community name: (?P<s>\S+)",
    r'\bkey \d+ -- text "(?P<s>[^"]+)"',
    r"\bpre-?shared key\s*: (?P<s>\S+)",
)

_JUNOS = (
    r"\b(?:encrypted-password|plain-text-password-value|secret|authentication-key|pre-shared-key (?:ascii-text|hexadecimal)"
    r"|simple-password|md5 \d+ key|key|authentication-password|privacy-password|password|ascii-text|hexadecimal"
    r'|shared-secret|cak|auth-code)\s+(?P<s>"[^"]*"|[^\s;{}\[\]]+)(?=\s*;)',
    r"\bcommunity (?P<s>\"[^\"]*\"|[^\s;{}]+)(?=\s*\{)",
    r"\bset (?:.* )?snmp community (?P<s>\"[^\"]*\"|\S+)",
    r'(?P<s>"[^"]*"|[^\s;{}"]+)\s*;\s*## SECRET-DATA',
    r'\bset .*?\b(?:encrypted-password|authentication-key|simple-password|secret|pre-shared-key \S+) (?P<s>"[^"]*"|\S+)',
    r'(?P<s>"\$[0-9][$][^"]+")',
    r'\bssh-(?:rsa|ed25519|dsa|ecdsa) "(?P<s>[^"]+)"(?=.*## SECRET-DATA)',
)

_MIKROTIK = (
    r"\b(?:password|secret|passphrase|wpa2?-pre-shared-key|authentication-password|encryption-password|auth-key"
    r"|private-key|preshared-key|pre-shared-key|ipsec-secret|radius-secret|tcp-md5-key|api-key)="
    r'(?P<s>"(?:[^"\\]|\\.)*"|\S+)',
    r"^/?(?:snmp community)?\s*(?:add|set)\b.*\bread-access=.*\bname=(?P<s>\S+)",
    r"^/snmp community (?:add|set)\b.*?\bname=(?P<s>\S+)",
)

_VRP = (
    rf"\b(?:password|cipher|irreversible-cipher|key-string|authentication-key|shared-key|pre-shared-key) {_TYPE}(?P<s>\S+)",
    rf"\bsnmp-agent community (?:read|write|complexity-check \S+) {_TYPE}(?P<s>\S+)",
    rf"\bsnmp-agent usm-user .*?(?:authentication-mode|privacy-mode) \S+ {_TYPE}(?P<s>\S+)",
    rf"\bauthentication-mode (?:md5|simple|hmac-\S+|hwtacacs) (?:\d+ )?{_TYPE}(?P<s>\S+)",
    r"\b(?:md5|simple) \d* ?cipher (?P<s>\S+)",
)

_VYOS = (
    r"\b(?:encrypted-password|plaintext-password|password|pre-shared-secret|secret|key|md5-key|private-key|preshared-key"
    r"|plaintext-key|passphrase|auth-password|priv-password|psk)\s+(?P<s>'[^']*'|\"[^\"]*\"|[^\s{}]+)\s*$",
    r"\bcommunity (?P<s>\S+) \{",
    r"\bsnmp community (?P<s>\S+)",
)

_FORTI = (
    r"\bset (?:\w+-)*(?:password|passwd|passphrase|secret|psksecret|key|private-key|auth-pwd|priv-pwd|community|md5-key)\d* "
    r'(?:ENC )?(?P<s>"[^"]*"|\S+)',
    r"\bENC (?P<s>\S+)",
)

_PANOS = (
    r"\b(?:phash|password|key|secret|private-key|bind-password|snmp-community-string|authpwd|privpwd|shared-secret)\s+"
    r'(?P<s>"[^"]*"|[^\s;{}]+)(?=\s*;)',
)

_NOKIA = (
    r"\b(?:password|authentication-key|message-digest-key \d+ md5|secret|community|key|pre-shared-key|auth-key|hmac-\S+-\d+)"
    r' (?P<s>"[^"]*"|\S+)(?= (?:hash2?|custom|access-permissions|version|rwa|rw|r)\b|\s*$)',
)

_WLC = (
    r"\b(?:mgmtuser|netuser) add \S+ (?P<s>\S+)",
    r"\bsnmp community create (?P<s>\S+)",
    r"\b(?:radius|tacacs) \S+ add \d+ \S+ \d+ (?:ascii|hex|password encrypt \S+ \S+ \d+) (?P<s>\S+)",
    r"\bset-key (?:ascii|hex|encrypt hex) (?:\d+ )?(?P<s>\S+)",
)

_SCREENOS = (r'\b(?:password|secret|preshare|shared-key|auth-password|priv-password|community) (?P<s>"[^"]*"|\S+)',)

_EXOS = (
    r'\b(?:password|shared-secret|encrypted|secret|community(?: readonly| readwrite)?|md5 \d+) (?:encrypted )?(?P<s>"[^"]*"|\S+)\s*$',
)

_PROCURVE = (
    r'\b(?:password (?:manager|operator)(?: user-name \S+)? (?:plaintext|sha1|sha256)|encrypted-key|key) (?P<s>"[^"]*"|\S+)',
    r'\bsnmp-server community (?P<s>"[^"]*"|\S+)',
)

_AOSCX = (
    r"\b(?:ciphertext|plaintext) (?P<s>\S+)",
    r"\bsnmp-server community (?P<s>\S+)",
    r"\bsnmpv3 user .*?(?:auth-pass|priv-pass) (?:ciphertext|plaintext) (?P<s>\S+)",
)

_LINUX = (r"\b(?:wpa-psk|wpa-passphrase|wireless-key\d*|wpa-password|password) (?P<s>\S+)",)

_BY_PLATFORM: dict[str, tuple[str, ...]] = {
    "junos": _JUNOS,
    "junos_cli": _JUNOS,
    "huawei": _VRP,
    "hp_comware": _VRP,
    "mikrotik_routeros": _MIKROTIK,
    "vyos": _VYOS,
    "ubiquiti_edgerouter": _VYOS,
    "fortinet": _FORTI,
    "paloalto_panos": _PANOS,
    "nokia_sros": _NOKIA,
    "cisco_wlc": _WLC,
    "juniper_screenos": _SCREENOS,
    "extreme_exos": _EXOS,
    "hp_procurve": _PROCURVE,
    "aruba_aoscx": _AOSCX,
    "linux": _LINUX,
}

# What people write about a line is no secret, whatever words it uses.
_FREE_TEXT = re.compile(r"\s*(?:description|remark)\b", re.IGNORECASE)
# `key 1` under `key chain` is a number; under a server it is a (bad) secret.
_KEY_NUMBER = re.compile(r"\s+key \d+\s*$", re.IGNORECASE)

# Keys and certificates that fill whole lines of their own.
_BLOCK_START = re.compile(r"-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----")
_BLOCK_END = re.compile(r"-----END [A-Z0-9 ]*PRIVATE KEY-----")


@cache
def _patterns(platform: str) -> tuple[re.Pattern[str], ...]:
    """The platform's own patterns; a platform without any, or one that we don't know, is masked as Cisco's are."""
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in _BY_PLATFORM.get(platform, _CISCO))


def mask(text: str, platform: str) -> str:
    """`text` with each secret replaced by MASK; the same number of lines, everything else as it was."""
    lines, in_key, parent = [], False, ""
    for line in text.split("\n"):
        parent = line if line[:1].strip() else parent
        if in_key and not _BLOCK_END.search(line):
            lines.append(MASK)
            continue
        in_key = bool(_BLOCK_START.search(line)) and not _BLOCK_END.search(line)
        is_number = parent.startswith("key chain") and _KEY_NUMBER.match(line)
        lines.append(line if is_number or _FREE_TEXT.match(line) else _mask_line(line, platform))
    return "\n".join(lines)


def _mask_line(line: str, platform: str) -> str:
    for pattern in _patterns(platform):
        for match in reversed(list(pattern.finditer(line))):
            line = line[: match.start("s")] + _same_quotes(match["s"]) + line[match.end("s") :]
    return line


def _same_quotes(secret: str) -> str:
    quote = secret[0] if len(secret) > 1 and secret[0] == secret[-1] and secret[0] in "\"'" else ""
    return f"{quote}{MASK}{quote}"
