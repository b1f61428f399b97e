/** The page that a server gives: its token is wherever the server runs it. */
import { connectRemoteEngine } from "../api/remote-engine.ts";
import { visitorsLanguage } from "./remembered.ts";
import { start } from "./start.ts";

void start({ open: () => connectRemoteEngine(new URL(".", location.href).href), language: visitorsLanguage() });
