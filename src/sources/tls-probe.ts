// Looks at the certificate of a host: its name, who signed it, and how long it still holds.
import { z } from "zod";
import { defineSource } from "../alerts/source.ts";
import { inspect, sayDays } from "../clients/certificate.ts";
import { dial, secure } from "../clients/dial.ts";
import { day } from "../lib/clock.ts";
import { reachOf } from "../lib/networks.ts";
import { host, portOf, sayHost } from "./host-fields.ts";
import { familyOf, misread, probing, reaching, sayTook, timing, type Asking, type Reading } from "./probe.ts";

const Config = z.strictObject({
  ...timing,
  host: host().describe("Where to connect: a name or an address."),
  port: portOf().default(443).describe("The port; TLS must begin with the connection (no STARTTLS)."),
  name: host().optional().describe("The name that the certificate must be for; the host when not written."),
  days_left: z
    .int()
    .min(1)
    .max(365)
    .default(14)
    .describe("With fewer days left, an alert of the kind expiring is raised; down once it has expired."),
  ...reaching,
});

export const tlsProbe = defineSource(
  Config,
  (config) => [{ component: config.component, path: ["component"] }],
  ({ id, config }, { clock }) => {
    const name = sayHost(config.host, config.port);
    const reach = reachOf(config.allow_private);
    const to = { host: config.host, port: config.port, ...familyOf(config.family) };
    const certified = config.name ?? config.host;
    const ask = async ({ now, signal, timeoutMs }: Asking): Promise<Reading> => {
      const started = performance.now();
      const dialled = await dial(to, { reach, signal, timeoutMs });
      if (!dialled.ok) return misread(dialled.error);
      using _ended = { [Symbol.dispose]: () => void dialled.value.destroy() };
      const secured = await secure(dialled.value, { name: certified }, { signal, timeoutMs });
      if (!secured.ok) return misread(secured.error);
      const seen = inspect(secured.value, certified, now);
      if (seen === undefined) return { well: false, reached: true, words: "shows no certificate" };
      const { expiresAt, trouble } = seen;
      const left = expiresAt - now;
      const until = new Date(expiresAt).toISOString().slice(0, 10);
      const soon = `has a certificate that expires in ${sayDays(left)} (${until})`;
      // What has expired is down, and no longer about to expire.
      const expiring = left > 0 && left < config.days_left * day ? soon : "";
      if (trouble !== undefined) return { well: false, reached: true, words: trouble, expiring };
      const words = `has a good certificate until ${until}, shown in ${sayTook(performance.now() - started)}`;
      return { well: true, reached: true, words, expiring };
    };
    return probing({ id, config, name, labels: { host: name }, ask }, clock);
  },
  "response_time",
);
