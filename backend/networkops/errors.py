"""What can go wrong between us and a device, in words that an engineer reads."""

from __future__ import annotations


class NetworkError(Exception):
    """Parent of every failure on a device. `str(error)` is one line of words, never a traceback.

    `code` goes into the database and the API, `retryable` says whether another try can help.
    """

    code = "driver_error"
    label = "Driver error"
    retryable = False


class HostUnreachable(NetworkError):
    """No TCP connection: refused, no route, name unknown, or silence."""

    code = "unreachable"
    label = "Unreachable"
    retryable = True


class LoginRefused(NetworkError):
    """The device answered and refused our user, password or key. Never retried: that locks accounts."""

    code = "login_refused"
    label = "Login refused"


class HostKeyChanged(NetworkError):
    """The device's host key is not the pinned one. Nothing was sent to it."""

    code = "host_key_changed"
    label = "Host key changed"


class DeviceTimeout(NetworkError):
    """The device took a connection and then did not answer in time."""

    code = "timeout"
    label = "Timed out"
    retryable = True


class ConnectionLost(NetworkError):
    """The device closed the connection in the middle of its answer."""

    code = "connection_lost"
    label = "Connection lost"
    retryable = True


class PromptNotUnderstood(NetworkError):
    """The device answers, but not with a prompt of its platform."""

    code = "prompt_not_understood"
    label = "Prompt not understood"


class CommandRefused(NetworkError):
    """The device answered a command with its own error message."""

    code = "command_refused"
    label = "Command refused"


class AnswerNotUnderstood(NetworkError):
    """What the device answered is not what its platform answers."""

    code = "answer_not_understood"
    label = "Answer not understood"


class TooMuchOutput(NetworkError):
    """The device sends without end; what came of it is not kept."""

    code = "too_much_output"
    label = "Too much output"


class ConfigRefused(NetworkError):
    """The device rejected a configuration."""

    code = "config_refused"
    label = "Configuration refused"


class ConfigSuspicious(NetworkError):
    """A configuration was read, but there is no proof that it is the whole one."""

    code = "config_suspicious"
    label = "Suspicious configuration"


class NotConfigured(NetworkError):
    """The device's record lacks what is needed to reach it. Nothing was sent to it."""

    code = "not_configured"
    label = "Not configured"


class DriverError(NetworkError):
    """Anything else that a driver raised; the words name the kind of error, the log has the rest."""


class Cancelled(NetworkError):
    """Somebody cancelled the job while this device was being worked on."""

    code = "cancelled"
    label = "Cancelled"


class WorkerLost(NetworkError):
    """The worker died while it worked on this device."""

    code = "worker_lost"
    label = "Worker lost"
    retryable = True


ERRORS: dict[str, type[NetworkError]] = {
    cls.code: cls
    for cls in (
        HostUnreachable, LoginRefused, HostKeyChanged, DeviceTimeout, ConnectionLost, PromptNotUnderstood,
        CommandRefused, AnswerNotUnderstood, TooMuchOutput, ConfigRefused, ConfigSuspicious, NotConfigured, DriverError,
        Cancelled, WorkerLost,
    )
}  # fmt: skip
