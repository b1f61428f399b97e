/** Every statement of the store, in the SQL that SQLite and PostgreSQL share. Values are parameters, always. */

const CREDENTIAL = "realm = ? AND serial = ? AND slot = ? AND generation = ?";

const CREDENTIAL_COLUMNS = `c.realm, c.serial, c.slot, c.generation, c.kind, c.suite, c.label, t.key_version AS "keyVersion",
  c.sealed_seed AS "sealedSeed", t.customer, c.failures, c.locked_at AS "lockedAt", c.resets, c.last_step AS "lastStep",
  c.drift, c.drift_at AS "driftAt", c.seen_at AS "seenAt", c.template, c.currency`;

const CREDENTIALS = `SELECT ${CREDENTIAL_COLUMNS} FROM credentials c
  JOIN tokens t ON t.realm = c.realm AND t.serial = c.serial AND t.generation = c.generation`;

export const ready = "SELECT 1 AS one FROM schema_migrations LIMIT 1";

export const openRealm = "INSERT INTO realms (realm) VALUES (?) ON CONFLICT (realm) DO NOTHING";

export const keyCheck = 'SELECT key_check AS "keyCheck" FROM realms WHERE realm = ?';

/** Whoever is first writes it; all read the same. */
export const keepKeyCheck =
  'UPDATE realms SET key_check = COALESCE(key_check, ?) WHERE realm = ? RETURNING key_check AS "keyCheck"';

export const enrolledSuites = "SELECT DISTINCT kind, suite FROM credentials WHERE realm = ? ORDER BY kind, suite";

export const anyCredential = `${CREDENTIALS} WHERE c.realm = ? ORDER BY c.serial, c.slot LIMIT 1`;

export const token = `SELECT realm, serial, generation, board, model, assurance, firmware, key_version AS "keyVersion",
  enrolled_at AS "enrolledAt", customer FROM tokens WHERE realm = ? AND serial = ?`;

export const credentialsOfToken = `${CREDENTIALS} WHERE c.realm = ? AND c.serial = ? ORDER BY c.slot`;

export const credentialBySerial = `${CREDENTIALS} WHERE t.realm = ? AND t.serial = ? AND c.kind = ?`;

export const credentialByCustomer = `${CREDENTIALS} WHERE t.realm = ? AND t.customer = ? AND c.kind = ?`;

export const credential = `${CREDENTIALS} WHERE c.realm = ? AND c.serial = ? AND c.slot = ? AND c.generation = ?`;

export const insertToken = `INSERT INTO tokens
  (realm, serial, generation, board, model, assurance, firmware, key_version, enrolled_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, serial) DO NOTHING`;

export const nextGeneration = `UPDATE tokens
  SET generation = ?, board = ?, model = ?, assurance = ?, firmware = ?, key_version = ?, enrolled_at = ?, customer = NULL
  WHERE realm = ? AND serial = ? AND generation = ?`;

export const deleteCredentials =
  'DELETE FROM credentials WHERE realm = ? AND serial = ? RETURNING suite, last_step AS "lastStep"';

export const insertCredential = `INSERT INTO credentials
  (realm, serial, slot, generation, kind, suite, label, template, currency, sealed_seed, last_step, drift_at, seen_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

export const assign = "UPDATE tokens SET customer = ? WHERE realm = ? AND serial = ?";

export const unassign = "UPDATE tokens SET customer = NULL WHERE realm = ? AND serial = ?";

export const unlock =
  "UPDATE credentials SET failures = 0, locked_at = NULL, resets = resets + 1 WHERE realm = ? AND serial = ?";

/** reach, reach, now, credential. The drift is the row's own: one that was learned a moment ago counts too. */
export const forgetDrift = `UPDATE credentials
  SET last_step = CASE WHEN drift > 0 AND last_step < ? + drift THEN ? + drift ELSE last_step END, drift = 0, drift_at = ?
  WHERE ${CREDENTIAL}`;

/** limit, now, now, now, credential, limit */
export const count = `UPDATE credentials
  SET failures = failures + 1,
      locked_at = CASE WHEN failures + 1 >= ? THEN ? ELSE locked_at END,
      seen_at = CASE WHEN seen_at < ? THEN ? ELSE seen_at END
  WHERE ${CREDENTIAL} AND failures < ? AND locked_at IS NULL
  RETURNING failures, resets, last_step AS "lastStep", drift, drift_at AS "driftAt"`;

/** limit, credential, resets */
export const giveBack = `UPDATE credentials
  SET failures = failures - 1, locked_at = CASE WHEN failures - 1 < ? THEN NULL ELSE locked_at END
  WHERE ${CREDENTIAL} AND resets = ? AND failures > 0`;

/** step, drift, driftAt, credential, step */
export const accept = `UPDATE credentials
  SET last_step = ?, drift = ?, drift_at = ?, failures = 0, locked_at = NULL, resets = resets + 1
  WHERE ${CREDENTIAL} AND last_step < ?`;

export const countStray = "UPDATE realms SET strays = strays + 1 WHERE realm = ? RETURNING strays";

export const insertTransaction = `INSERT INTO transactions
  (realm, serial, slot, generation, id, challenge, template, payee_account, payee_name, amount, currency, reference, created_at, expires_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (realm, serial, challenge) DO NOTHING`;

export const transaction = `SELECT realm, serial, slot, generation, id, challenge, template, payee_account AS "payeeAccount",
  payee_name AS "payeeName", amount, currency, reference, created_at AS "createdAt", expires_at AS "expiresAt",
  state, tries, decided_at AS "decidedAt" FROM transactions WHERE realm = ? AND id = ?`;

/** realm, id, now, tries */
export const countTry = `UPDATE transactions SET tries = tries + 1
  WHERE realm = ? AND id = ? AND state = 'open' AND expires_at > ? AND tries < ?`;

/** now, step, realm, id, now */
export const closeTransaction = `UPDATE transactions SET state = 'accepted', decided_at = ?, accepted_step = ?
  WHERE realm = ? AND id = ? AND state = 'open' AND expires_at > ?`;

/** step, step, drift, driftAt, credential. Two orders may be signed in one step: each answers its own challenge, once. */
export const learnFromAnswer = `UPDATE credentials
  SET last_step = CASE WHEN last_step < ? THEN ? ELSE last_step END, drift = ?, drift_at = ?,
      failures = 0, locked_at = NULL, resets = resets + 1
  WHERE ${CREDENTIAL}`;
