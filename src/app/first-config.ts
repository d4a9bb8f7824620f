// The config that `tocsin init` writes: small, right, and with a line for each key, so that it can be read instead of a manual.

export type FirstAnswers = {
  readonly name: string;
  readonly url: string;
  readonly timeZone: string;
  /** What users call the parts. */
  readonly components: readonly string[];
  /** Who is called first. */
  readonly person: string;
  readonly irc?: { readonly host: string; readonly nick: string; readonly join: string };
};

/** The token of the first webhook source is handed in: made by chance. */
export function firstConfig(answers: FirstAnswers, token: string): string {
  const { name, url, timeZone, components, person, irc } = answers;
  const ids = idsFor(components);
  const me = idsFor([person])[0] ?? "me";
  const parts = components.map(
    (part, i) => `  - id: ${ids[i] ?? ""}${i === 0 ? " # a-z, 0-9 and dashes" : ""}
    name: ${quoted(part)}${i === 0 ? " # what users call it" : ""}
    notice: { affected: ${quoted(`everybody who uses ${part}`)}, alternatives: ["none known"], retrigger: "not needed" }${i === 0 ? " # what users read unless you say otherwise" : ""}`,
  );
  const team =
    irc === undefined
      ? `  - { id: team, type: stdout, audience: team } # prints what the team is told; below, what IRC needs
  # - { id: team-irc, type: irc, audience: team, host: irc.libera.chat, nick: my-tocsin, join: "#my-team" }`
      : `  - { id: team-irc, type: irc, audience: team, host: ${quoted(irc.host)}, nick: ${quoted(irc.nick)}, join: ${quoted(irc.join)} } # audience: team sees drafts, users do not
  # - { id: users-irc, type: irc, audience: users, same_connection_as: team-irc, join: "#users" }`;
  return `# Tocsin's config. Check it with \`bin/tocsin config check\`; a running server takes it over at SIGHUP.
# \${NAME} comes from the environment, and each secret may be a file: token_file. All keys: docs/operator.md

site: # the status page
  name: ${quoted(name)} # what the service is called
  url: ${quoted(url)} # where readers find the page; links in messages are made of it
  time_zone: ${timeZone} # days are cut in it; times are shown in UTC and in it

server: { host: 127.0.0.1, port: 8080 } # where it listens. Behind a proxy or with TLS: docs/OPERATIONS.md

# database: { url: "\${DATABASE_URL}" } # postgres://…; without it, a SQLite file in the data folder

components: # the parts that users can name
${parts.join("\n")}

people: # who may be called
  - { id: ${me}, name: ${quoted(person)} } # irc: { account: … } is how they are called there

roles: # outage-master is called first
  - { id: outage-master, name: Outage master, people: [${me}] }

channels: # ways to tell people
${team}

sources: # who tells of trouble, or is sent to look
  - { id: hook, type: generic, token: ${quoted(token)}, component: ${ids[0] ?? ""} } # POST /hooks/hook with this token
  # - { id: health, type: http-probe, component: ${ids[0] ?? ""}, url: "https://api.example.org/healthz", every: 30s }

publish: # how users are told
  automatic_notice: { after: 15m, after_ack: 45m } # users are told in careful words when nobody told them; remove it, and they never are
  automatic_resolve: { after: 30m } # ends an outage of which only Tocsin spoke
  targets: [] # mirrors of the page, such as { id: mirror, type: static-site, to: { directory: /srv/status } }
`;
}

/** In YAML too, a JSON text is a text; a dollar sign before a brace would be a variable. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll("${", () => "$${");
}

/** \`Copr builds\` → \`copr-builds\`; each another. */
export function idsFor(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    const plain = name.normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase().replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-|-$/g, ""); // prettier-ignore
    const wish = plain.slice(0, 60).replace(/-$/, "") || "part";
    let id = wish;
    for (let turn = 2; taken.has(id); turn++) id = `${wish}-${turn}`;
    taken.add(id);
    return id;
  });
}
