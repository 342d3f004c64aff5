import { useState, type ReactNode } from 'react';
import { useLocation, useSearch } from 'wouter';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Dialog } from '../parts/dialog.js';
import { TextField } from '../parts/field.js';
import { savePlot } from './plot-store.js';

/** Keeps the address of the picture in this browser, under a name. */
export function SavePlot({ title: proposed }: { readonly title: string }): ReactNode {
  const { property } = useProperty();
  const [path] = useLocation();
  const search = useSearch();
  const [title, setTitle] = useState<string | null>(null);
  const close = (): void => setTitle(null);
  return (
    <>
      <button type="button" className="button" onClick={() => setTitle(proposed)}>
        Save this plot
      </button>
      {title !== null && (
        <Dialog title="Save this plot" onClose={close}>
          <p className="soft">
            It is kept in this browser, and stands above the trackables. To share it, send the address of this page.
          </p>
          <ChangeForm
            action="Save"
            what="Nothing was saved"
            change={{ isPending: false, error: null }}
            onSubmit={() => {
              savePlot(localStorage, property.id, { title, href: search === '' ? path : `${path}?${search}` });
              close();
            }}
            onCancel={close}
          >
            <TextField label="Name" required value={title} onChange={setTitle} />
          </ChangeForm>
        </Dialog>
      )}
    </>
  );
}
