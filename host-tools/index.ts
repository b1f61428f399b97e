/** `ochre-token/host-tools`: what a bank's program does with a token, on its serial port or on a line of its own. */
export { aes128, hashes, wire } from "./crypto/node.ts";
export { type FoundToken, findTokens } from "./device/discovery.ts";
export { FrameTransport, type FrameTransportOptions, type Line } from "./device/frame-transport.ts";
export { PortError } from "./device/port-error.ts";
export { openSerialTransport } from "./device/serial-port.ts";
export { tokenInfo } from "./device/token.ts";
export { TokenRefusal } from "./device/token-refusal.ts";
export type { Transport } from "./device/transport.ts";
export { type Audit, type AuditedDeed, auditLog } from "./keys/audit-log.ts";
export * from "./keys/key-service.ts";
export {
  createKeystore,
  type Keystore,
  KeystoreError,
  readKeystore,
  rotateIssuerKey,
  type VersionedKey,
} from "./keys/keystore.ts";
export {
  LABORATORY_BATCH_KEY,
  LABORATORY_ISSUER_ID,
  LABORATORY_KEY_VERSION,
  laboratoryTransportKeys,
} from "./keys/laboratory.ts";
export { LaboratoryKeyService } from "./keys/laboratory-key-service.ts";
export { enrolmentAad, openSeed, SealError } from "./keys/seal.ts";
export type { TransportKeys } from "./keys/transport-keys.ts";
export { syncClock } from "./provisioning/clock-sync.ts";
export { EnrolError, enrol } from "./provisioning/enrol.ts";
export type { Enrolment } from "./provisioning/enrolment.ts";
export type { HostClock } from "./provisioning/host-clock.ts";
export {
  PersonalisationError,
  type PersonaliseOptions,
  personalise,
  STANDARD_CREDENTIALS,
  STANDARD_POLICY,
} from "./provisioning/personalise.ts";
export { DeliveryError, type ProvisionOptions, provision } from "./provisioning/provision.ts";
export { type KeyRotation, KeyRotationError, rotateKeys } from "./provisioning/rotate-keys.ts";
