from tests.loader.conftest import settings, shop

__all__ = ["settings", "shop"]
