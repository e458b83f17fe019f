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
umask 077
cat > /etc/reelburst/agent.json <<'REELBURST_END'
${JSON.stringify(agentSettings(boot))}
REELBURST_END
${installLines(boot)}
`;
}

/** What `reelburst agent --settings` reads. */
function agentSettings(boot: BootPlan): object {
  const { agentKey, certificatePem, privateKeyPem, port } = boot;
  return { agentKey, certificatePem, privateKeyPem, port, fedFile: DEAD_MAN_FILES.fed };
}

function installLines({ install, port }: BootPlan): string {
  switch (install.kind) {
    case "container":
      return `command -v docker || dnf install -y docker
systemctl start docker
docker run -d --restart on-failure -p ${port}:${port} -v /etc/reelburst:/etc/reelburst:ro -v /run/reelburst:/run/reelburst \\
  ${shellWord(install.image)} agent --settings /etc/reelburst/agent.json`;
    case "npm":
      return `command -v npm || dnf install -y nodejs
npm install --global --ignore-scripts ${shellWord(install.package)}
reelburst agent --settings /etc/reelburst/agent.json &`;
  }
}

function shellWord(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
