import { effect, signal } from "@preact/signals";

export type Theme = "system" | "dark" | "light";
const STORED = "reelburst-theme";

export const theme = signal<Theme>((localStorage.getItem(STORED) as Theme | null) ?? "system");

effect(() => {
  if (theme.value === "system") {
    localStorage.removeItem(STORED);
    document.documentElement.removeAttribute("data-theme");
  } else {
    localStorage.setItem(STORED, theme.value);
    document.documentElement.dataset["theme"] = theme.value;
  }
});

export function isDark(): boolean {
  return theme.value === "system"
    ? !matchMedia("(prefers-color-scheme: light)").matches
    : theme.value === "dark";
}
