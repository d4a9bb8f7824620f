// Configs for tests: one that uses all there is, and a reader with the real plug-ins.
import { registries } from "../../src/app/providers.ts";
import { loadConfig, sayConfigError, type Config } from "../../src/config/load.ts";
import type { Environment } from "../../src/config/secrets.ts";

export { registries };

/** The smallest config that is right. */
export const smallest = `site: { name: Packit }
components:
  - { id: api, name: Packit API }
`;

/** Every key of this version, and every way to write a value. */
export const sample = `# Packit's outage desk
site:
  name: Packit
  url: "https://status.example.org/"
  time_zone: Europe/Prague
  language: en
server: { host: 0.0.0.0, port: "\${PORT:-8080}", base_path: /, trusted_proxies: [10.0.0.0/8, "::1"] }
database: { url: "\${DATABASE:-sqlite:./data/tocsin.db}" }
components:
  - { id: api, name: Packit API, group: Core, description: What GitHub talks to }
  - id: copr
    name: Copr builds
    upstream: { name: Copr, url: "https://copr.example.org" }
    notice:
      scope: Builds in Copr
      affected: pull requests that build in Copr
      not_affected: tests
      alternatives: [packit build in-koji]
      retrigger: "yes: /packit build"
people:
  - { id: alice, name: Alice, irc: { account: alice } }
  - { id: bob, name: Bob }
roles:
  - { id: outage-master, name: Outage master, people: [alice, bob] }
channels:
  - id: team-irc
    type: irc
    audience: team
    host: irc.example.org
    port: 6697
    tls: true
    nick: tocsin
    user: tocsin
    realname: Tocsin
    password: "server password"
    sasl: { user: tocsin, password: "\${IRC_PASSWORD}" }
    join: "#team"
    pace: { burst: 5, every: 2s }
  - { id: users-irc, type: irc, audience: users, same_connection_as: team-irc, join: "#packit" }
  - { id: out, type: stdout }
sources:
  - { id: ci-hook, type: generic, token: "a token of our own", component: api }
  - { id: api-health, type: http-probe, component: api, url: "https://api.example.org/healthz", every: 30s, timeout: 5s, expect: { status: [200, 204] }, fail_after: 2, blind_after: 10m }
  - id: builds
    type: jobs
    every: 1m
    preset: packit
    database: "postgres://reader:pass%20word@db.example.org/packit"
    blind_after: 10m
    component: { copr_build: { failing: copr }, testing_farm: api, "*": api }
    after: { testing_farm: copr_build }
publish:
  automatic_notice: { after: 15m, after_ack: 45m, from: [builds, api-health] }
  automatic_resolve: { after: 30m }
  update_every: { minor: 4h, major: 1h, critical: 30m }
  targets:
    - { id: folder, type: static-site, to: { directory: ./public }, every: 1m, public_url: "https://mirror.example.org" }
`;

export const sampleEnvironment: Environment = { IRC_PASSWORD: "the irc password" };

export type Reading = { readonly env?: Environment; readonly file?: string };

/** What `config check` would say of it, line by line; nothing when it is right. */
export function errorsOf(
  text: string | Uint8Array,
  { env = {}, file = "tocsin.yaml" }: Reading = {},
): readonly string[] {
  const loaded = loadConfig(text, file, env, registries);
  return loaded.ok ? [] : loaded.error.map(sayConfigError);
}

/** The config itself; the errors when there are any. */
export function configOf(text: string | Uint8Array, { env = {}, file = "tocsin.yaml" }: Reading = {}): Config {
  const loaded = loadConfig(text, file, env, registries);
  if (loaded.ok) return loaded.value;
  throw new Error(loaded.error.map(sayConfigError).join("\n"));
}
