"""What schemathesis has to know of Stockroom: values for the scalars of its own, and what counts as a fault of the server."""

import schemathesis
from hypothesis import strategies as st
from hypothesis_graphql import nodes

# Mostly good ones, some at the edge, some wrong.
TEXTS = {
    "DateTime": ["2026-01-31T12:00:00Z", "1970-01-01T00:00:00.000001+14:00", "9999-12-31T23:59:59Z", "2026-02-30T00:00:00Z", "now", ""],
    "Decimal": ["12.50", "0", "-1", "0.001", "99999999999999999999.99", "1e9", "NaN", ""],
    "CurrencyCode": ["EUR", "JPY", "XXX", "eur", "€", ""],
}

for name, texts in TEXTS.items():
    schemathesis.graphql.scalar(name, st.sampled_from(texts).map(nodes.String))

# Everything else is the client's: a denied field, a wrong value, too much at once.
FAULTS = {"INTERNAL", "UNAVAILABLE", "TIMEOUT", None}


@schemathesis.check
def no_fault_of_the_server(ctx, response, case):
    assert response.status_code < 500, f"status {response.status_code}"
    for error in response.json().get("errors", []):
        code = error.get("extensions", {}).get("code")
        assert code not in FAULTS, f"{code}: {error['message']}"
