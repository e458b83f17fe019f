import type { BootPlan } from "../fleet.ts";

/** What the script is made of; a test sets the last three to see the timer run. */
export interface DeadManFiles {
  /** The agent writes anything new into it at every authenticated request. */
  readonly fed: string;
  /** Holds the second, since the epoch, at which the machine ends in any case. Survives a reboot. */
  readonly deadline: string;
  readonly uptime: string;
  readonly shutdown: string;
  readonly checkSeconds: number;
}

export const DEAD_MAN_FILES: DeadManFiles = {
  fed: "/run/reelburst/fed",
  deadline: "/var/lib/reelburst/deadline",
  uptime: "/proc/uptime",
  shutdown: "/usr/sbin/shutdown -h now",
  checkSeconds: 5,
};

/**
 * Ends the machine when nobody has fed it for too long, counted by uptime: a clock that steps neither kills nor saves it.
 * The lifetime is counted by the clock, because uptime begins anew with a reboot. Plain sh and nothing else: it must
 * run when everything else on the machine is broken, a full disk included.
 */
export function deadManScript(
  { deadMan }: Pick<BootPlan, "deadMan">,
  files: DeadManFiles = DEAD_MAN_FILES,
): string {
  return `#!/bin/sh
up() { cut -d. -f1 ${files.uptime}; }
last=$(up); seen=
while :; do
  now=$(up); mark=$(cat ${files.fed} 2>/dev/null)
  if [ "$mark" != "$seen" ]; then seen=$mark; last=$now; fi
  end=$(cat ${files.deadline} 2>/dev/null)
  if [ $((now - last)) -ge ${deadMan.idleSeconds} ] || [ "$(date +%s)" -ge "\${end:-0}" ]; then
    ${files.shutdown}
  fi
  sleep ${files.checkSeconds}
done
`;
}

/**
 * cloud-init's script of the first boot. The dead-man is a service that starts at every boot, and is started before
 * anything else, so that a failing installation ends the machine as well.
 */
export function userData(boot: BootPlan): string {
  const { deadMan } = boot;
  return `#!/bin/sh
mkdir -p /var/lib/reelburst /run/reelburst /etc/reelburst
echo $(($(date +%s) + ${deadMan.lifetimeSeconds})) > /var/lib/reelburst/deadline
cat > /etc/reelburst/dead-man <<'REELBURST_END'
${deadManScript(boot)}REELBURST_END
chmod 755 /etc/reelburst/dead-man
cat > /etc/systemd/system/reelburst-dead-man.service <<'REELBURST_END'
[Unit]
DefaultDependencies=no
[Service]
ExecStart=/etc/reelburst/dead-man
Restart=always
RestartSec=1
OOMScoreAdjust=-1000
[Install]
WantedBy=sysinit.target
REELBURST_END
systemctl enable --now reelburst-dead-man.service || { /etc/reelburst/dead-man & }
${agentFiles(boot)}${installLines(boot)}
`;
}

/** Where the agent's settings lie on the machine. */
const AGENT_FOLDER = "/etc/reelburst";

/**
 * The lines that write what `reelburst agent` reads: a file of variables and the three secrets it names, for nobody but
 * root. One file with all of it in JSON was rejected: the agent would have to be configured in two ways.
 */
export function agentFiles(boot: BootPlan, folder = AGENT_FOLDER): string {
  const file = (name: string, text: string): string =>
    `cat > ${folder}/${name} <<'REELBURST_END'\n${text.trimEnd()}\nREELBURST_END\n`;
  const settings = Object.entries(agentSettings(boot, folder)).map(([name, value]) => `${name}=${value}`);
  return [
    "umask 077\n",
    file("agent.key", boot.agentKey),
    file("agent-certificate.pem", boot.certificatePem),
    file("agent-private-key.pem", boot.privateKeyPem),
    file("agent.env", settings.join("\n")),
  ].join("");
}

/**
 * Two timers of one length. The agent's own kills render processes and shuts the machine down; the script's does the
 * same when there is no agent to do it: not installed yet, crashed, hung. The agent feeds the script by its file.
 */
function agentSettings({ deadMan, install }: BootPlan, folder: string): Readonly<Record<string, string>> {
  return {
    REELBURST_AGENT_KEY_FILE: `${folder}/agent.key`,
    REELBURST_AGENT_CERTIFICATE_FILE: `${folder}/agent-certificate.pem`,
    REELBURST_AGENT_PRIVATE_KEY_FILE: `${folder}/agent-private-key.pem`,
    REELBURST_AGENT_IDLE_SECONDS: String(deadMan.idleSeconds),
    REELBURST_AGENT_LIFETIME_SECONDS: String(deadMan.lifetimeSeconds),
    REELBURST_AGENT_FED_FILE: DEAD_MAN_FILES.fed,
    REELBURST_CACHE_DIR: "/var/lib/reelburst/cache",
    // A container can't end its machine: its agent ends itself, and the script ends the machine.
    ...(install.kind === "npm" && { REELBURST_AGENT_END_COMMAND: DEAD_MAN_FILES.shutdown }),
  };
}

/** The agent is a service too: a machine that was rebooted is as useful as it was before. */
function installLines({ install, port }: BootPlan): string {
  switch (install.kind) {
    case "container":
      return `command -v docker || dnf install -y docker
systemctl enable --now docker
mkdir -p /var/lib/reelburst/cache
docker run -d --restart on-failure --user 0:0 -p ${port}:${port} --env-file ${AGENT_FOLDER}/agent.env \\
  -v ${AGENT_FOLDER}:${AGENT_FOLDER}:ro -v /run/reelburst:/run/reelburst -v /var/lib/reelburst/cache:/var/lib/reelburst/cache \\
  ${shellWord(install.image)} agent --listen 0.0.0.0:${port}`;
    case "npm":
      return `command -v npm || dnf install -y nodejs22 nodejs22-npm || dnf install -y nodejs npm
npm install --global --ignore-scripts ${shellWord(install.package)}
cat > /etc/systemd/system/reelburst-agent.service <<'REELBURST_END'
[Unit]
After=network-online.target
Wants=network-online.target
[Service]
EnvironmentFile=${AGENT_FOLDER}/agent.env
ExecStartPre=/bin/mkdir -p /run/reelburst
ExecStart=/bin/sh -c 'exec reelburst agent --listen 0.0.0.0:${port}'
Restart=on-failure
RestartSec=2
[Install]
WantedBy=multi-user.target
REELBURST_END
systemctl enable --now reelburst-agent.service`;
  }
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
