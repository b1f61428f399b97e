/** The schema, as the migrations that lead to it. A migration that has been released is never changed: a new one follows it. */

export const migrations: readonly string[] = [
  `CREATE TABLE realms (
     realm TEXT PRIMARY KEY,
     -- codes refused without a comparison: no such token, or a locked one. Watched, because nothing else counts a sprayer.
     strays BIGINT NOT NULL DEFAULT 0
   );
   CREATE TABLE tokens (
     realm TEXT NOT NULL REFERENCES realms (realm),
     serial TEXT NOT NULL,
     generation BIGINT NOT NULL CHECK (generation > 0),
     board TEXT NOT NULL,
     model BIGINT NOT NULL,
     assurance TEXT NOT NULL CHECK (assurance IN ('O', 'P', 'S')),
     firmware TEXT NOT NULL,
     key_version BIGINT NOT NULL,
     enrolled_at BIGINT NOT NULL,
     customer TEXT,
     PRIMARY KEY (realm, serial),
     UNIQUE (realm, customer)
   );
   CREATE TABLE credentials (
     realm TEXT NOT NULL,
     serial TEXT NOT NULL,
     slot BIGINT NOT NULL,
     generation BIGINT NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('time-code', 'challenge')),
     suite TEXT NOT NULL,
     label TEXT NOT NULL,
     sealed_seed TEXT NOT NULL,
     failures BIGINT NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND 10),
     locked_at BIGINT,
     resets BIGINT NOT NULL DEFAULT 0,
     last_step BIGINT NOT NULL DEFAULT -1,
     drift BIGINT NOT NULL DEFAULT 0,
     drift_at BIGINT NOT NULL,
     seen_at BIGINT NOT NULL,
     PRIMARY KEY (realm, serial, slot),
     UNIQUE (realm, serial, kind),
     FOREIGN KEY (realm, serial) REFERENCES tokens (realm, serial)
   );
   CREATE TABLE transactions (
     realm TEXT NOT NULL,
     id TEXT NOT NULL,
     serial TEXT NOT NULL,
     slot BIGINT NOT NULL,
     generation BIGINT NOT NULL,
     challenge TEXT NOT NULL,
     payee_account TEXT NOT NULL,
     payee_name TEXT,
     amount TEXT NOT NULL,
     currency TEXT NOT NULL,
     reference TEXT,
     created_at BIGINT NOT NULL,
     expires_at BIGINT NOT NULL,
     state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'accepted')),
     tries BIGINT NOT NULL DEFAULT 0 CHECK (tries BETWEEN 0 AND 10),
     decided_at BIGINT,
     accepted_step BIGINT,
     PRIMARY KEY (realm, id),
     -- for ever, not only while it is open: an answer overheard once never fits a later order
     UNIQUE (realm, serial, challenge),
     FOREIGN KEY (realm, serial) REFERENCES tokens (realm, serial)
   );`,
  // something sealed under the storage key of the realm, by which a server knows that it has the right one
  "ALTER TABLE realms ADD COLUMN key_check TEXT",
  // more kinds than two, and which there are is the program's to say: a constraint can't be widened in SQLite. Orders that are signed
  // carry their template, and the credential that signs them its template and currency.
  `CREATE TABLE credentials_of_any_kind (
     realm TEXT NOT NULL,
     serial TEXT NOT NULL,
     slot BIGINT NOT NULL,
     generation BIGINT NOT NULL,
     kind TEXT NOT NULL,
     suite TEXT NOT NULL,
     label TEXT NOT NULL,
     sealed_seed TEXT NOT NULL,
     failures BIGINT NOT NULL DEFAULT 0 CHECK (failures BETWEEN 0 AND 10),
     locked_at BIGINT,
     resets BIGINT NOT NULL DEFAULT 0,
     last_step BIGINT NOT NULL DEFAULT -1,
     drift BIGINT NOT NULL DEFAULT 0,
     drift_at BIGINT NOT NULL,
     seen_at BIGINT NOT NULL,
     template BIGINT,
     currency TEXT,
     PRIMARY KEY (realm, serial, slot),
     UNIQUE (realm, serial, kind),
     FOREIGN KEY (realm, serial) REFERENCES tokens (realm, serial)
   );
   INSERT INTO credentials_of_any_kind
     (realm, serial, slot, generation, kind, suite, label, sealed_seed, failures, locked_at, resets, last_step, drift, drift_at, seen_at)
     SELECT realm, serial, slot, generation, kind, suite, label, sealed_seed, failures, locked_at, resets, last_step, drift, drift_at, seen_at
     FROM credentials;
   DROP TABLE credentials;
   ALTER TABLE credentials_of_any_kind RENAME TO credentials;
   ALTER TABLE transactions ADD COLUMN template BIGINT;`,
];
