"""The ASGI application: pages and API over HTTP, live updates over websockets."""

import gc
import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webnet.settings")

from django.core.asgi import get_asgi_application

http = get_asgi_application()

# importing models needs the apps that the call above has loaded
from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402

from ui.consumers.routes import websocket_routes  # noqa: E402
from webnet.static import StaticFiles  # noqa: E402

application = StaticFiles(ProtocolTypeRouter({"http": http, "websocket": URLRouter(websocket_routes)}))

# what is loaded by now stays: an answer of a thousand rows shall not make the collector walk through all of it
gc.collect()
gc.freeze()
gc.set_threshold(10_000)  # one answer makes more objects than the 700 after which it would look again
