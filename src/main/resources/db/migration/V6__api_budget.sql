-- What instances that share a ledger spend together of the API's rate limit, and the download URLs that one of them has
-- for the others. A ledger of a single process leaves these tables empty.

-- The requests of the last day, without those that are reserved for polls: a row for each second with one.
CREATE TABLE api_request (
  sent_at  ${instant} PRIMARY KEY,
  requests integer NOT NULL,
  for_urls integer NOT NULL                    -- of them, for download URLs
);

-- One row, which an instance locks while it decides whether a request may be sent.
CREATE TABLE api_budget (
  id integer PRIMARY KEY CHECK (id = 1)
);
INSERT INTO api_budget (id) VALUES (1);

-- The URLs of exports whose files are not downloaded yet. They are credentials: encrypted with a key that is derived
-- from the API key, which is never stored here.
CREATE TABLE export_url (
  export_id text PRIMARY KEY,
  encrypted text NOT NULL,                     -- UrlCipher
  saved_at  ${instant} NOT NULL
);
