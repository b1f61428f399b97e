/** Wrong usage: the command line or what it names can't be used as given. The `ochre` command prints the message and exits 2. */
export class UsageError extends Error {
  override name = "UsageError";
}
