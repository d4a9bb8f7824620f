import { describe, expect, test } from "vitest";
import { configOf, errorsOf, sample, sampleEnvironment, smallest } from "../../test/kit/config.ts";

/** `2:3: message`: without the file's name. */
const wrong = (text: string): readonly string[] => errorsOf(text).map((error) => error.replace("tocsin.yaml:", ""));
/** What is wrong with the smallest config and something more; line 4 is the first of `more`. */
const with_ = (more: string): readonly string[] => wrong(`${smallest}${more}`);

describe("a config that is right", () => {
  test("is read as a whole", () => {
    const config = configOf(sample, { env: sampleEnvironment });
    expect(config.site.url).toBe("https://status.example.org");
    expect(config.server).toEqual({
      host: "0.0.0.0",
      port: 8080,
      base_path: "/",
      trusted_proxies: ["10.0.0.0/8", "::1"],
      network_check: [],
    });
    expect(config.channels.map(({ id, type, audience }) => `${id} ${type} ${audience}`)).toEqual([
      "team-irc irc team",
      "users-irc irc users",
      "out stdout team",
    ]);
    expect(config.channels[0]?.config).toMatchObject({ sasl: { user: "tocsin", password: "the irc password" } });
    expect(config.sources.map(({ id }) => id)).toEqual(["ci-hook", "api-health", "builds"]);
    expect(config.publish.automatic_notice).toEqual({
      after: 900_000,
      after_ack: 2_700_000,
      from: ["builds", "api-health"],
    });
    expect(config.publish.targets[0]?.config).toMatchObject({ every: 60_000 });
  });

  test.each([
    ["", "http://127.0.0.1:8080"],
    ["server: { port: 9000 }", "http://127.0.0.1:9000"],
    ["server: { host: 0.0.0.0, port: 80, base_path: /status }", "http://127.0.0.1:80/status"],
    ['server: { host: "::1" }', "http://[::1]:8080"],
  ])("leads to where it listens as long as it gives no public address: %s", (server, url) => {
    expect(configOf(`site: { name: A }\ncomponents: [{ id: a, name: A }]\n${server}`).site.url).toBe(url);
  });

  test("needs no more than a site and a component", () => {
    const config = configOf(smallest);
    expect(config.publish.update_every).toEqual({ minor: 14_400_000, major: 3_600_000, critical: 1_800_000 });
    expect(config.publish.automatic_notice).toBeUndefined();
    expect(config.channels).toEqual([]);
  });

  test("may begin with a byte order mark, end its lines as Windows does, and repeat what it has marked", () => {
    expect(configOf(`\ufeff${smallest.replaceAll("\n", "\r\n")}`).site.name).toBe("Packit");
    const repeated = configOf(`${smallest}people: [{ id: a, name: &name Ann }, { id: b, name: *name }]`);
    expect(repeated.people.map(({ name }) => name)).toEqual(["Ann", "Ann"]);
  });
});

test("all mistakes are told at once, in order, each at its place", () => {
  const text = `site:
  name: 5
  time_zone: Mars/Phobos
  langage: en
components:
  - { id: API, name: API }
  - { id: copr, name: Copr }
  - { id: copr, name: Copr again }
roles:
  - { id: outage-master, people: [alcie] }
people: [ { id: alice, name: Alice } ]
channels:
  - { id: chat, type: irk }
  - { id: team, type: irc, host: h, nick: 1st, join: "#team" }
sources:
  - { id: probe, type: http-probe, component: cpor, url: "https://x.example", every: 5 minutes }
database: { url: "\${NO_SUCH_VARIABLE}" }
`;
  expect(wrong(text)).toEqual([
    "2:3: site.name: must be text: put it in quotes",
    "3:3: site.time_zone: there is no such time zone; write it as Europe/Prague or UTC",
    '4:3: site.langage: unknown key; did you mean "language"?',
    "6:7: components[0].id: an id is made of a-z, 0-9 and single dashes, such as copr-builds",
    '8:7: components[2].id: the id "copr" is taken already (line 7)',
    '10:35: roles.outage-master.people[0]: there is no person "alcie"; did you mean "alice"?',
    '13:17: channels.chat.type: this version has no channel of type "irk"; did you mean "irc"? there are discord, email, irc, slack, stdout and webhook',
    "14:37: channels.team.nick: must be a nick: letters, figures, -_[]{}|^`, not a figure first",
    '16:36: sources.probe.component: there is no component "cpor"; did you mean "copr"?',
    "16:79: sources.probe.every: a duration is a number and s, m, h or d, such as 90s or 15m",
    "17:13: database.url: the environment variable NO_SUCH_VARIABLE is not set",
  ]);
});

describe("an unknown key", () => {
  test.each([
    ["at the top", "sorces: []", '4:1: sorces: unknown key; did you mean "sources"?'],
    ["in a section", "server: { prot: 1 }", '4:11: server.prot: unknown key; did you mean "port"?'],
    [
      "deep within",
      "people: [ { id: a, name: A, irc: { account: b, acount: a } } ]",
      '4:48: people.a.irc.acount: unknown key; did you mean "account"?',
    ],
    [
      "in an entry of a plug-in",
      `channels: [ { id: a, type: irc, host: h, nick: n, join: "#a", tsl: true } ]`,
      '4:63: channels.a.tsl: unknown key; did you mean "tls"?',
    ],
    [
      "within a plug-in's own",
      `channels: [ { id: a, type: irc, host: h, nick: n, join: "#a", sasl: { user: u, password: p, pasword: q } } ]`,
      '4:93: channels.a.sasl.pasword: unknown key; did you mean "password"?',
    ],
    [
      "in one way of many to write it",
      `sources: [ { id: a, type: jobs, file: f, component: { srpm: { failng: api } } } ]`,
      '4:63: sources.a.component.srpm.failng: unknown key; did you mean "failing"?',
    ],
    [
      "of a publish target",
      `publish: { targets: [ { id: a, type: static-site, to: { directry: d, directory: e } } ] }`,
      '4:57: publish.targets.a.to.directry: unknown key; did you mean "directory"?',
    ],
    ["that is common to all", `channels: [ { id: a, type: stdout, audiense: team } ]`, 'audience"?'],
    ["that is a number", "1: x", "4:1: 1: unknown key; known: channels, components"],
    ["that other objects have", "__proto__: { a: 1 }", "4:1: __proto__: unknown key"],
    [
      "that is glued to its value",
      "server: {port:80}",
      "4:10: server.port…: a space is missing after the colon of port",
    ],
  ])("%s is told of, with the nearest match", (_where, more, error) => {
    const errors = with_(more);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
  });

  test("does not hide what else is wrong with its entry", () => {
    expect(with_(`channels: [ { id: a, type: irc, hst: h, nick: n, join: "#a" } ]`)).toEqual([
      "4:13: channels.a.host: host is missing",
      '4:33: channels.a.hst: unknown key; did you mean "host"?',
    ]);
    expect(with_(`sources: [ { id: a, type: generic, token: 0123456789abcdef, component: apj, x: y } ]`)).toEqual([
      '4:61: sources.a.component: there is no component "apj"; did you mean "api"?',
      "4:77: sources.a.x: unknown key; known: basic, body_limit, component, hmac, id, map, rate, token, type, values",
    ]);
  });
});

describe("a type", () => {
  test.each([
    ["channels", "channels: [ { id: a, type: matrix } ]", "channel", "discord, email, irc, slack, stdout and webhook"],
    ["sources", "sources: [ { id: a, type: nagios } ]", "source", ".*generic, .* and upstream-uptime-kuma"],
    [
      "targets",
      "publish: { targets: [ { id: a, type: ftp } ] }",
      "publish target",
      "forgejo-issue, github-issue, gitlab-issue and static-site",
    ],
    [
      "objects",
      "channels: [ { id: a, type: constructor } ]",
      "channel",
      "discord, email, irc, slack, stdout and webhook",
    ],
  ])("that this version lacks is told of with those that there are: %s", (_list, more, what, known) => {
    const errors = with_(more);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(new RegExp(`\\.a\\.type: this version has no ${what} of type ".*"; there are ${known}$`));
  });
});

describe("a value", () => {
  test.each([
    ["that is missing, with its purpose", "people: [ { id: a } ]", "4:11: people.a.name: missing: Their name."],
    ["that is a list's missing id", "channels: [ { type: stdout } ]", "4:13: channels[0].id: missing"],
    [
      "that is no text",
      "people: [ { id: a, name: yes }, { id: b, name: true } ]",
      "4:42: people.b.name: must be text: put it in quotes",
    ],
    ["that is no text but a list", "people: [ { id: a, name: [x] } ]", "4:20: people.a.name: must be text, not a list"],
    ["that is no list", "people: alice", "4:1: people: must be a list, not text"],
    ["that has no keys", "database: sqlite:x", "4:1: database: must be keys and values (url), not text"],
    [
      "that is an entry without keys",
      "people: [ alice ]",
      "4:11: people[0]: must be keys and values (id, name, irc, email), not text",
    ],
    ["that is empty", "people:", "4:1: people: nothing is written here; write a list, or leave the key out"],
    ["that is an empty text", `people: [ { id: a, name: "" } ]`, "4:20: people.a.name: must not be empty"],
    ["that is an empty list", `roles: [ { id: a, people: [] } ]`, "4:19: roles.a.people: must have at least one entry"],
    [
      "that is too long",
      `people: [ { id: a, name: ${"x".repeat(201)} } ]`,
      "4:20: people.a.name: must have at most 200 characters",
    ],
    ["that is too large", "server: { port: 65536 }", "4:11: server.port: must be at most 65535"],
    ["that is too small", "server: { port: -1 }", "4:11: server.port: must be at least 0"],
    ["that is half a number", "server: { port: 1.5 }", "4:11: server.port: must be a whole number or text"],
    ["that is a port in words", "server: { port: http }", "4:11: server.port: a port is a number from 0 to 65535"],
    [
      "that is true or false in words",
      `channels: [ { id: a, type: irc, host: h, nick: n, join: "#a", tls: "on" } ]`,
      "4:63: channels.a.tls: must be true or false, not text",
    ],
    [
      "of a choice",
      `channels: [ { id: a, type: stdout, audience: teem } ]`,
      '4:36: channels.a.audience: must be one of "team", "users"; did you mean "team"?',
    ],
    [
      "of a choice of one",
      `sources: [ { id: a, type: jobs, preset: packet, database: "postgres://x/y" } ]`,
      '4:33: sources.a.preset: must be "packit"',
    ],
    [
      "that is no database",
      `database: { url: "mysql://x" }`,
      "4:13: database.url: must be sqlite:FILE or postgres://…",
    ],
    ["that is nested too deeply", `people: ${"[".repeat(60)}${"]".repeat(60)}`, "this is nested too deeply"],
  ])("%s", (_what, more, error) => {
    expect(with_(more).join("\n")).toContain(error);
    expect(with_(more)).toHaveLength(1);
  });

  test.each(["5", "5 min", "-5m", "5M", "1.5h", "5m ", "m", "", "99999999999d", "1h 30m"])(
    "%o is no duration",
    (duration) => {
      const more = `publish: { automatic_resolve: { after: ${JSON.stringify(duration)} } }`;
      expect(with_(more)).toEqual([
        "4:33: publish.automatic_resolve.after: a duration is a number and s, m, h or d, such as 90s or 15m",
      ]);
    },
  );

  test("of how often to look is a second or more", () => {
    const probe = `id: a, type: http-probe, url: "https://x.example", component: api`;
    expect(with_(`sources: [ { ${probe}, every: 0s } ]`)).toEqual(["4:81: sources.a.every: must be at least 1 s"]);
    expect(with_(`sources: [ { ${probe}, every: 1s } ]`)).toEqual([]);
  });

  test("of a duration that is a bare number is told what a duration is", () => {
    expect(with_("publish: { automatic_resolve: { after: 15 } }")[0]).toContain(
      "a duration is a number and s, m, h or d",
    );
  });
});

describe("an id", () => {
  test.each([
    ["components", "components:\n  - { id: x, name: X }\n  - { id: x, name: Y }"],
    ["people", "people:\n  - { id: x, name: X }\n  - { id: x, name: Y }"],
    ["roles", "people: [ { id: p, name: P } ]\nroles:\n  - { id: x, people: [p] }\n  - { id: x, people: [p] }"],
    ["channels", "channels:\n  - { id: x, type: stdout }\n  - { id: x, type: stdout }"],
    ["sources", `sources:\n  - { id: x, type: jobs, file: a }\n  - { id: x, type: jobs, file: b }`],
    [
      "targets",
      `publish:\n  targets:\n    - { id: x, type: static-site, to: { directory: a } }\n    - { id: x, type: static-site, to: { directory: b } }`,
    ],
    [
      "channels and targets",
      `channels: [ { id: x, type: stdout } ]\npublish:\n  targets:\n    - { id: x, type: static-site, to: { directory: b } }`,
    ],
  ])("is not given twice: %s", (list, more) => {
    const text = list === "components" ? `site: { name: P }\n${more}` : `${smallest}${more}`;
    const errors = wrong(text);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toMatch(/^\d+:\d+: .*\[\d\]\.id: the id "x" is taken already \(line \d\)$/);
  });

  test("may be the same in lists of different things", () => {
    expect(with_("people: [ { id: api, name: A } ]\nsources: [ { id: api, type: jobs, file: f } ]")).toEqual([]);
  });

  test.each(["API", "a_b", "a b", "-a", "a-", "a--b", "ä", "", "a".repeat(65)])("%o is none", (id) => {
    expect(with_(`people: [ { id: ${JSON.stringify(id)}, name: A } ]`)[0]).toMatch(/^4:13: people\[0\]\.id: /);
  });
});

describe("a name that must exist", () => {
  const irc = `host: h, nick: n, join: "#a"`;
  test.each([
    [
      "a role's person",
      "roles: [ { id: r, people: [bob] } ]",
      '4:28: roles.r.people[0]: there is no person "bob"; there are none',
    ],
    [
      "a source's component",
      `sources: [ { id: a, type: jobs, file: f, component: apu } ]`,
      '4:42: sources.a.component: there is no component "apu"; did you mean "api"?',
    ],
    [
      "a component within",
      `sources: [ { id: a, type: jobs, file: f, component: { x: api, y: { stuck: workers } } } ]`,
      '4:68: sources.a.component.y.stuck: there is no component "workers"; known: api',
    ],
    [
      "the channel whose connection is shared",
      `channels: [ { id: a, type: irc, ${irc} }, { id: b, type: irc, same_connection_as: aa, join: "#b" } ]`,
      '4:85: channels.b.same_connection_as: there is no channel of type irc with a connection of its own "aa"; did you mean "a"?',
    ],
    [
      "one that shares itself",
      `channels: [ { id: a, type: irc, same_connection_as: a, join: "#b" } ]`,
      'there is no channel of type irc with a connection of its own "a"; there are none',
    ],
    [
      "one of another type",
      `channels: [ { id: out, type: stdout }, { id: b, type: irc, same_connection_as: out, join: "#b" } ]`,
      'there is no channel of type irc with a connection of its own "out"; there are none',
    ],
    [
      "a source of the automatic notice",
      "publish: { automatic_notice: { from: [probe] } }",
      '4:39: publish.automatic_notice.from[0]: there is no source "probe"; there are none',
    ],
  ])("is told of where it does not: %s", (_what, more, error) => {
    const errors = with_(more);
    expect(errors).toHaveLength(1);
    expect(errors[0]).toContain(error);
  });
});

describe("a whole file", () => {
  test.each([
    ["empty", ""],
    ["blank", "\n \n"],
    ["all comments", "# site: x\n"],
    ["nothing but a mark", "---\n"],
  ])("that is %s is told what the least is", (_what, text) => {
    expect(wrong(text)).toEqual([
      "1:1: the config is empty; the least is `site: { name: … }` and one of `components:`",
    ]);
  });

  test.each([
    ["a list", "- site", "not a list"],
    ["a text", "site", "not text"],
    ["a number", "5", "not a number"],
  ])("that is %s is told what it should be", (_what, text, error) => {
    expect(wrong(text)).toHaveLength(1);
    expect(wrong(text)[0]).toContain("1:1: must be keys and values (site, revision, server");
    expect(wrong(text)[0]).toContain(error);
  });

  test("larger than 1 MB is refused without being read", () => {
    expect(wrong("#".repeat(1_000_001))).toEqual(["1:1: the file is larger than 1 MB"]);
    expect(errorsOf(Buffer.alloc(1_000_001))).toEqual(["tocsin.yaml:1:1: the file is larger than 1 MB"]);
  });

  test("with thousands of mistakes is answered soon, with the first of them", () => {
    const began = performance.now();
    const errors = with_(Array.from({ length: 3_000 }, (_, i) => `key${i}: 1`).join("\n"));
    expect(errors).toHaveLength(200);
    expect(performance.now() - began).toBeLessThan(10_000);
  });

  test("an error is one line, whatever is written", () => {
    const errors = with_(`channels: [ { id: a, type: "x\\r\\n\\e[31mred\\u202e" } ]`);
    expect(errors).toEqual([
      '4:22: channels.a.type: this version has no channel of type "x [31mred"; there are discord, email, irc, slack, stdout and webhook',
    ]);
  });
});

describe("templates", () => {
  const templates = (lines: string): readonly string[] => with_(`templates:\n${lines}`);
  const [name = ""] = configOf(smallest).components.map(({ id }) => id);

  test("name components that there are, have ids of their own, and placeholders that there are", () => {
    expect(
      templates(`  - { id: a, for: { component: ${name}x, kind: faling }, impact: { ${name}: down, nobody: none } }
  - { id: a, title: "{componet} fails in {your_words}" }`),
    ).toEqual([
      expect.stringMatching(/for\.component: there is no component "\w+x"; did you mean "\w+"\?/u),
      expect.stringMatching(/for\.kind: .*"failing"/u),
      expect.stringMatching(/impact\.\w+: /u),
      expect.stringMatching(/impact\.nobody: must be one of/u),
      expect.stringMatching(/impact\.nobody: there is no component "nobody"/u),
      expect.stringMatching(/the id "a" is taken already/u),
      expect.stringMatching(/title: there is no \{componet\}; did you mean \{component\}\?/u),
    ]);
  });

  test("may be for everything, and may say little", () => {
    expect(configOf(`${smallest}templates: [{ id: bare }]`).templates).toEqual([{ id: "bare", for: {}, impact: {} }]);
  });
});

describe("routes and dependencies", () => {
  const parts = `site: { name: Packit }
components:
  - { id: api, name: API, depends_on: [db] }
  - { id: db, name: Database }
channels: [{ id: out, type: stdout }]
sources: [{ id: hook, type: generic, token: a-token-of-the-test }]
`;
  const routes = (...lines: readonly string[]): readonly string[] =>
    wrong(`${parts}routes:\n${lines.map((line) => `  - ${line}\n`).join("")}`).map((error) =>
      error.replace(/^\d+:\d+: /u, ""),
    );

  test("are read: lists of values, patterns, labels of a source's own, and what is not written", () => {
    const config = configOf(
      `${parts}routes:
  - { match: { source: hook, component: [api, db], severity: "~crit.*", my.label: anything }, opens: publish, status: partial_outage, channels: [out] }
  - {}
`,
    );
    expect(config.routes).toEqual([
      {
        match: { source: "hook", component: ["api", "db"], severity: "~crit.*", "my.label": "anything" },
        opens: "publish",
        status: "partial_outage",
        channels: ["out"],
      },
      { match: {}, opens: "draft" },
    ]);
    expect(config.components[0]).toMatchObject({ depends_on: ["db"] });
  });

  test.each([
    [
      "a component",
      "{ match: { component: [api, dbb] } }",
      /match\.component\[1\]: there is no component "dbb"; did you mean "db"\?/u,
    ],
    ["a source", "{ match: { source: hok } }", /match\.source: there is no source "hok"; did you mean "hook"\?/u],
    ["a kind", "{ match: { kind: faling } }", /match\.kind: there is no kind "faling"; did you mean "failing"\?/u],
    [
      "a severity",
      "{ match: { severity: critcal } }",
      /match\.severity: there is no severity "critcal"; did you mean "critical"\?/u,
    ],
    ["a channel", "{ channels: [outt] }", /channels\[0\]: there is no channel "outt"; did you mean "out"\?/u],
    ["a pattern", '{ match: { host: "~web[0-" } }', /match\.host: .*no regular expression/u],
    ["a label", '{ match: { "two words": x } }', /match\.two….*letters, digits/u],
    ["what it opens", "{ opens: drafts }", /opens: .*"draft"/u],
    ["a status", "{ status: down }", /status: /u],
    ["channels", "{ channels: [] }", /channels: /u],
    ["a key", "{ matches: {} }", /matches: unknown key; did you mean "match"\?/u],
  ])("of %s that is wrong are told so, at its place", (_what, line, error) => {
    expect(routes("{}", line)).toEqual([expect.stringMatching(error)]);
    expect(routes("{}", line)[0]).toMatch(/^routes\[1\]\./u);
  });

  test("in a circle are refused at each component of the circle, and nowhere else", () => {
    const circle = wrong(`site: { name: Packit }
components:
  - { id: api, name: API, depends_on: [db] }
  - { id: db, name: Database, depends_on: [disk] }
  - { id: disk, name: Disk, depends_on: [db] }
  - { id: self, name: Self, depends_on: [self] }
  - { id: typo, name: Typo, depends_on: [dsk] }
`);
    expect(circle).toEqual([
      expect.stringMatching(/^4:\d+: components\.db\.depends_on: "db" depends on itself, in a circle$/u),
      expect.stringMatching(/^5:\d+: components\.disk\.depends_on: "disk" depends on itself/u),
      expect.stringMatching(/^6:\d+: components\.self\.depends_on: "self" depends on itself/u),
      expect.stringMatching(
        /^7:\d+: components\.typo\.depends_on\[0\]: there is no component "dsk"; did you mean "disk"\?/u,
      ),
    ]);
  });
});

test("a chart names a source that has figures about its component, or an error says which do", () => {
  const charts = wrong(`site: { name: Packit }
components:
  - { id: api, name: API, charts: [helth, hook, copr-probe, health] }
  - { id: copr, name: Copr, charts: [hook] }
sources:
  - { id: health, type: http-probe, component: api, url: "https://x.example" }
  - { id: copr-probe, type: http-probe, component: copr, url: "https://y.example" }
  - { id: builds, type: jobs, preset: packit, database: "postgres://u:p@h/d" }
  - { id: hook, type: generic, token: "a token of our own", component: api }
`);
  const none = "there is no source with figures about this component";
  expect(charts).toEqual([
    `3:36: components.api.charts[0]: ${none} "helth"; did you mean "health"?`,
    `3:43: components.api.charts[1]: ${none} "hook"; known: builds, health`,
    `3:49: components.api.charts[2]: ${none} "copr-probe"; known: builds, health`,
    `4:38: components.copr.charts[0]: ${none} "hook"; known: builds, copr-probe`,
  ]);
});

describe("pages", () => {
  const wrongPages = (more: string): readonly string[] =>
    wrong(`site: { name: Packit, url: "https://status.example.org" }
components:
  - { id: web, name: Website }
  - { id: vault, name: Vault, visibility: private }
pages:
${more}
`);

  test("that would show what is private to everybody are refused", () => {
    expect(
      wrongPages(`  - { id: inner, name: Inner, url: "https://inner.example.org", components: [web, vault] }`),
    ).toEqual([
      expect.stringMatching(/^6:\d+: pages\.inner\.components: "vault" is private, so this page needs a `token`/u),
    ]);
    expect(
      wrongPages(`  - { id: inner, name: Inner, url: "https://inner.example.org", components: [vault], token: a-token-of-sixteen }
publish: { targets: [{ id: copy, type: static-site, page: inner, to: { directory: ./copy } }] }`),
    ).toEqual([expect.stringMatching(/^7:\d+: .*page: the page "inner" asks for a token; a mirror asks nobody$/u)]);
  });

  test("are told apart by their hosts, and name components and pages that there are", () => {
    expect(
      wrongPages(`  - { id: one, name: One, url: "https://status.example.org/one", components: [web] }
  - { id: two, name: Two, url: "https://two.example.org", components: [wbe] }
channels: [{ id: users, type: stdout, audience: users, page: tow }]`),
    ).toEqual([
      expect.stringMatching(/^6:\d+: pages\.one\.url: the site has this host already/u),
      expect.stringMatching(/^7:\d+: pages\.two\.components.*there is no component "wbe"; did you mean "web"/u),
      expect.stringMatching(/^8:\d+: channels\.users\.page: there is no page "tow"; did you mean "two"/u),
    ]);
  });
});
