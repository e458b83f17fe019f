import { route } from "../router.ts";
import { isDark, theme } from "../theme.ts";
import { Icon } from "./icon.tsx";

const LINKS = [
  { href: "/", label: "Productions", pages: ["list", "production"] },
  { href: "/machines", label: "Machines", pages: ["machines"] },
  { href: "/settings", label: "Settings", pages: ["settings"] },
];

export function Header() {
  const { page } = route.value;
  const dark = isDark();
  return (
    <header class="header">
      <a class="mark" href="/" aria-label="Reelburst">
        <svg viewBox="0 0 22 14" aria-hidden="true">
          <path d="M0 0h6v14H0zM8 0h6v14H8z" />
          <path class="lit" d="M16 0h6v14h-6z" />
        </svg>
        <span>Reelburst</span>
      </a>
      <nav aria-label="Main">
        {LINKS.map(({ href, label, pages }) => (
          <a key={href} href={href} aria-current={pages.includes(page) ? "page" : undefined}>
            {label}
          </a>
        ))}
      </nav>
      <div class="header-end">
        <button
          type="button"
          class="icon-button"
          aria-label={dark ? "Light theme" : "Dark theme"}
          title={dark ? "Light theme" : "Dark theme"}
          onClick={() => {
            theme.value = dark ? "light" : "dark";
          }}
        >
          <Icon name={dark ? "sun" : "moon"} />
        </button>
        {page === "new" ? null : (
          <a class="button accent" href="/new">
            <Icon name="plus" />
            <span>
              New<span class="wide"> production</span>
            </span>
          </a>
        )}
      </div>
    </header>
  );
}
