"""A client of Stockroom: who am I, all products page by page, stock taken in once though sent twice, the change seen
live, too large a sale refused. It keeps its session in a file, renews it when a token is refused, and waits when told to."""

import asyncio
import json
import os
import sys
import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

from aiohttp import ClientError, ClientHandlerType, ClientRequest, ClientResponse
from gql import Client, GraphQLRequest
from gql.client import AsyncClientSession
from gql.transport.aiohttp import AIOHTTPTransport
from gql.transport.aiohttp_websockets import AIOHTTPWebsocketsTransport
from gql.transport.exceptions import TransportError, TransportQueryError
from graphql import ExecutionResult

HERE = Path(__file__).parent
SKU, LOCATION = "SRJ-M-BRK", "WAREHOUSE"
PAGE_SIZE = 20
# How often one request is sent at most; whoever is told to wait longer than this fails at once.
ATTEMPTS = 5
LONGEST_WAIT_SECONDS = 60
LONGEST_WATCH_SECONDS = 30
# The protocol has no yes to a subscription, only a no: one that is not refused for so long has begun.
BEGUN_SECONDS = 0.5
# A token with less than this left is exchanged before a WebSocket is opened with it.
SOON = timedelta(seconds=30)


class Refused(Exception):
    """What the server said of an input, in `userErrors`."""


def document(path: str) -> str:
    return (HERE / path).read_text(encoding="utf-8")


LOGIN = document("../documents/login.graphql")
REFRESH_TOKEN = document("../documents/refresh-token.graphql")
PRODUCT_PAGE = document("../documents/product-page.graphql")
VIEWER = document("../../documents/03-viewer.graphql")
STOCK = document("../../documents/04-stock.graphql")
STOCK_ADJUST = document("../../documents/05-stock-adjust.graphql")
STOCK_WATCH = document("../../documents/09-stock-watch.graphql")


async def wait(seconds: int) -> None:
    print(f"Too many requests: waiting {seconds} s", flush=True)
    await asyncio.sleep(seconds)


async def patient(request: ClientRequest, send: ClientHandlerType) -> ClientResponse:
    """Sends a request again that was refused with 429, after the time that the server names."""
    for attempt in range(1, ATTEMPTS + 1):
        response = await send(request)
        seconds = int(response.headers.get("Retry-After", "1"))
        if response.status != 429 or attempt == ATTEMPTS or seconds > LONGEST_WAIT_SECONDS:
            break
        response.release()
        await wait(seconds)
    return response


def facts(error: TransportQueryError, code: str) -> dict | None:
    """The `extensions` of the error with this code."""
    extensions = (each.get("extensions", {}) for each in error.errors or [])
    return next((found for found in extensions if found.get("code") == code), None)


class Stockroom:
    """Queries and mutations over HTTP, subscriptions over a WebSocket, in the name of a session."""

    def __init__(self, url: str, email: str, password: str, file: Path) -> None:
        self.url, self.email, self.password, self.file = url, email, password, file
        self.tokens: dict[str, str] = {}
        self.client = Client(transport=AIOHTTPTransport(url, client_session_args={"middlewares": (patient,)}))

    async def __aenter__(self) -> "Stockroom":
        self.session = await self.client.connect_async()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.client.close_async()

    async def resume(self) -> None:
        """Goes on with the session in the file, or else logs in."""
        stored = json.loads(self.file.read_text()) if self.file.exists() else {}
        if stored.get("email") == self.email:
            self.tokens = stored
        else:
            await self.log_in()

    async def run(self, text: str, variables: dict | None = None, key: str | None = None) -> ExecutionResult:
        """Runs one operation; when the access token is refused, renews it and runs the operation again, once."""
        headers = {"Idempotency-Key": key} if key else {}
        try:
            return await self.send(text, variables, self.bearer() | headers)
        except TransportQueryError as error:
            if facts(error, "UNAUTHENTICATED") is None:
                raise
        await self.renew()
        return await self.send(text, variables, self.bearer() | headers)

    async def send(self, text: str, variables: dict | None, headers: dict[str, str]) -> ExecutionResult:
        request = GraphQLRequest(text, variable_values=variables)
        return await self.session.execute(request, extra_args={"headers": headers}, get_execution_result=True)

    async def watch(self) -> Client:
        """A WebSocket, opened as a context. The server closes it when its token expires: open the next one then."""
        if datetime.fromisoformat(self.tokens["expiresAt"]) - datetime.now(UTC) < SOON:
            await self.renew()
        url = self.url.replace("http", "ws", 1)
        protocols = ["graphql-transport-ws"]
        return Client(transport=AIOHTTPWebsocketsTransport(url, subprotocols=protocols, init_payload=self.bearer(), close_timeout=1))

    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.tokens['accessToken']}"}

    async def log_in(self) -> None:
        credentials = {"input": {"email": self.email, "password": self.password}}
        self.keep((await self.send(LOGIN, credentials, {})).data["login"])

    async def renew(self) -> None:
        """Exchanges the refresh token, which works once. No access token goes with it: a bad one is always refused."""
        variables = {"input": {"refreshToken": self.tokens["refreshToken"]}}
        payload = (await self.send(REFRESH_TOKEN, variables, {})).data["refreshToken"]
        # A session ends some time, or is ended: then the password opens the next one.
        if any(error["code"] == "INVALID_CREDENTIALS" for error in payload["userErrors"]):
            return await self.log_in()
        self.keep(payload)
        print("Renewed the access token")

    def keep(self, payload: dict) -> None:
        """Keeps the tokens, in the file first: a refresh token that has been used is worth nothing."""
        accept(payload)
        tokens = {name: payload[name] for name in ("accessToken", "refreshToken", "expiresAt")} | {"email": self.email}
        new = self.file.with_suffix(".new")
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            json.dump(tokens, file)
        new.replace(self.file)
        self.tokens = tokens


def accept(payload: dict) -> dict:
    """The payload of a mutation that did what it should."""
    if payload["userErrors"]:
        raise Refused(" ".join(error["message"] for error in payload["userErrors"]))
    return payload


async def next_change(socket: AsyncClientSession, variant: str, begun: asyncio.Event) -> dict:
    """The next change of a variant's stock. A subscription that is refused for now is sent again when it may be."""
    request = GraphQLRequest(STOCK_WATCH, variable_values={"variantIds": [variant]})
    for attempt in range(1, ATTEMPTS + 1):
        standing = asyncio.get_running_loop().call_later(BEGUN_SECONDS, begun.set)
        try:
            async for event in socket.subscribe(request):
                return event["stockLevelChanged"]
        except TransportQueryError as error:
            standing.cancel()
            limited = facts(error, "RATE_LIMITED")
            if limited is None or attempt == ATTEMPTS or limited["retryAfter"] > LONGEST_WAIT_SECONDS:
                raise
            await wait(limited["retryAfter"])
    raise Refused("The server ended the subscription.")


async def tour(stockroom: Stockroom) -> None:
    viewer = (await stockroom.run(VIEWER)).data["viewer"]
    print(f"Logged in as {viewer['email']}, {', '.join(role['code'] for role in viewer['roles'])}")
    variant = (await stockroom.run(STOCK, {"sku": SKU})).data["productVariant"]
    if variant is None:
        raise Refused(f"There is no {SKU}: start the server with --demo.")
    print(f"{SKU}: {variant['totalAvailable']} available")

    async with await stockroom.watch() as socket, asyncio.TaskGroup() as tasks:
        begun = asyncio.Event()
        change = tasks.create_task(next_change(socket, variant["id"], begun))
        await begun.wait()
        await pages_and_delivery(stockroom)
        async with asyncio.timeout(LONGEST_WATCH_SECONDS):
            seen = await change
    sku, location = seen["variant"]["sku"], seen["location"]["code"]
    print(f"Seen live: {sku} at {location} by {seen['delta']} to {seen['onHand']}")

    refused = (await adjust(stockroom, -1_000_000, "SOLD", str(uuid.uuid4()))).data["stockAdjust"]
    for error in refused["userErrors"]:
        if error["__typename"] != "InsufficientStockError":
            raise Refused(error["message"])
        print(f"Refused to sell {error['requested']}: {error['available']} available ({error['code']})")
    if refused["adjustment"]:
        raise Refused("More was sold than there is.")


async def pages_and_delivery(stockroom: Stockroom) -> None:
    products, pages, after, more = 0, 0, None, True
    while more:
        page = (await stockroom.run(PRODUCT_PAGE, {"first": PAGE_SIZE, "after": after})).data["products"]
        products, pages = products + len(page["nodes"]), pages + 1
        after, more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    print(f"{products} products in {pages} pages")

    key = str(uuid.uuid4())
    for attempt in ("Took 12 in", "The same again"):
        result = await adjust(stockroom, 12, "RECEIVED", key)
        line = accept(result.data["stockAdjust"])["adjustment"]["lines"][0]
        replayed = (result.extensions or {}).get("idempotency", {}).get("replayed", False)
        print(f"{attempt}: {line['onHandAfter']} on hand{', replayed' if replayed else ''}")


async def adjust(stockroom: Stockroom, delta: int, reason: str, key: str) -> ExecutionResult:
    """Changes stock. However often it's sent under one key, it happens once."""
    lines = [{"sku": SKU, "locationCode": LOCATION, "delta": delta}]
    return await stockroom.run(STOCK_ADJUST, {"input": {"reason": reason, "reference": "TOUR", "lines": lines}}, key)


def explained(error: Exception) -> str:
    if isinstance(error, TransportQueryError) and error.errors:
        return " ".join(each["message"] for each in error.errors)
    return str(error) or type(error).__name__


def setting(name: str, otherwise: str | None = None) -> str:
    value = os.environ.get(name, otherwise)
    if value is None:
        sys.exit(f"Set {name}.")
    return value


async def main() -> None:
    url = setting("STOCKROOM_URL", "http://127.0.0.1:8080/graphql")
    email, password = setting("STOCKROOM_EMAIL"), setting("STOCKROOM_PASSWORD")
    async with Stockroom(url, email, password, Path(setting("STOCKROOM_SESSION", ".session.json"))) as stockroom:
        await stockroom.resume()
        await tour(stockroom)


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except* (Refused, TransportError, ClientError, OSError, TimeoutError) as errors:
        sys.exit("\n".join(explained(error) for error in errors.exceptions))
