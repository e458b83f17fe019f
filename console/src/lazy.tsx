/** Pages that are loaded when they are first opened; nothing is shown for the moment it takes. */
import type { FunctionComponent } from "preact";
import { useEffect, useState } from "preact/hooks";

export function lazy<Props extends object>(
  load: () => Promise<FunctionComponent<Props>>,
): FunctionComponent<Props> {
  let loaded: FunctionComponent<Props> | null = null;
  return (props: Props) => {
    const [Page, setPage] = useState<FunctionComponent<Props> | null>(() => loaded);
    useEffect(() => {
      if (loaded === null)
        void load().then((page) => {
          loaded = page;
          setPage(() => page);
        });
    }, []);
    return Page === null ? null : <Page {...props} />;
  };
}
