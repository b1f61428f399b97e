/** A bare Fastify in a process of its own: the same body in, the same bytes out, and nothing in between. Tells its URL by message. */
import Fastify from "fastify";

const app = Fastify();
app.post("/v1/validate", async () => ({ result: "accepted" }));
const url = await app.listen({ port: 0, host: "127.0.0.1" });
process.send!({ url });
process.on("disconnect", () => process.exit(0));
