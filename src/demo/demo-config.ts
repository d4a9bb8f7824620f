// The config of the demo: written as a user would write it, read as a user's is.

/** `port` of the simulated API; paths are inside the demo's data directory. */
export function demoConfig(dataDir: string, apiUrl: string): string {
  const path = (name: string): string => JSON.stringify(`${dataDir}/${name}`);
  return `
site: { name: Acme CI }
components:
  - { id: api, name: API, group: Core, description: "Webhooks and the dashboard" }
  - { id: srpm, name: SRPM builds, group: Core }
  - id: copr
    name: Copr builds
    group: External
    description: RPM builds in Copr
    upstream: { name: Copr, url: "https://copr.example.org" }
    notice:
      scope: New Copr builds fail within seconds.
      affected: Pull requests of all projects with copr_build jobs; tests that need those builds wait.
      alternatives: ["build in Koji: \`build in-koji\`"]
      retrigger: "yes: comment \`/rebuild-failed\` when this is over"
  - id: tests
    name: Tests
    group: External
    description: Testing Farm
    notice: { affected: "Pull requests with tests", alternatives: ["none known"], retrigger: "yes: comment \`/retest-failed\` when this is over" }
people: [{ id: alex, name: Alex }]
roles: [{ id: outage-master, people: [alex] }]
channels:
  - { id: team, type: stdout, audience: team }
  - { id: users, type: stdout, audience: users }
sources:
  - { id: builds, type: jobs, file: ${path("jobs.jsonl")}, every: 5s, component: { srpm_build: srpm, copr_build: copr, testing_farm: tests } }
  - { id: api-health, type: http-probe, component: api, url: "${apiUrl}/healthz", every: 5s, fail_after: 3 }
  - { id: hook, type: generic, token: demo-token-demo-token }
publish:
  automatic_notice: { after: 15m }
  automatic_resolve: { after: 15m }
  targets: [{ id: mirror, type: static-site, to: { directory: ${path("public")} }, every: 1m }]
`;
}
