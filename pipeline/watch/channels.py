"""The channels that alerts go to: addresses of apprise, which are secret, each under a name."""

import logging
from dataclasses import dataclass

import apprise
import structlog

from core.settings import Settings

TIMEOUT_SECONDS = 10
LOG = "log"
"""The channel when none is set."""

log = structlog.get_logger()
# It would quote addresses, passwords included.
logging.getLogger("apprise").setLevel(logging.CRITICAL + 1)


@dataclass(frozen=True)
class Channel:
    """Somewhere to send to; without a plugin, the log."""

    name: str
    plugin: apprise.NotifyBase | None = None

    def send(self, title: str, body: str) -> bool:
        """Send a text; whether it was taken. Never takes longer than a few seconds."""
        if self.plugin is None:
            log.warning(title, body=body)
            return True
        sender = apprise.Apprise()
        sender.add(self.plugin)
        try:
            sent = sender.notify(
                body, title, body_format=apprise.NotifyFormat.TEXT, timeout=TIMEOUT_SECONDS
            )
        # Whatever a service's plugin stumbles over, the others are to be told.
        except Exception as error:
            log.error("alert not sent", channel=self.name, reason=type(error).__name__)
            return False
        if not sent:
            log.error("alert not sent; it will be tried again", channel=self.name)
        return bool(sent)


def channels(settings: Settings) -> tuple[list[Channel], list[int]]:
    """The channels of DW_ALERT_URLS, and the places of the addresses that are none.

    A wrong one keeps nobody else from being told; without any channel, the log is.
    """
    found, wrong = [], []
    for place, url in enumerate(settings.alert_urls.get_secret_value().split(), start=1):
        plugin = apprise.Apprise.instantiate(url)
        if plugin is None:
            wrong.append(place)
            log.error("DW_ALERT_URLS: an address is none that apprise knows", place=place)
            continue
        identity = plugin.url_id()  # type: ignore[no-untyped-call]
        found.append(Channel(f"{url.partition('://')[0]}-{identity}", plugin))
    return found or [Channel(LOG)], wrong
