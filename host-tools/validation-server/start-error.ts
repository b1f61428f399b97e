/** Why the server does not start, in one sentence for whoever starts it. Carries no secret, and no database URL (a password is in some). */
export class StartError extends Error {
  override name = "StartError";
}
