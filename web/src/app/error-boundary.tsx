import { Component, type ReactNode } from 'react';

interface Props {
  readonly children: ReactNode;
  /** Another value begins anew: the address of the view. */
  readonly of?: string;
}

interface State {
  readonly error: unknown;
  readonly of: string | undefined;
}

/** Keeps a view that breaks from taking the console with it, and says what happened. */
export class ErrorBoundary extends Component<Props, State> {
  override state: State = { error: null, of: this.props.of };

  static getDerivedStateFromError(error: unknown): Partial<State> {
    return { error };
  }

  static getDerivedStateFromProps({ of }: Props, state: State): State | null {
    return of === state.of ? null : { error: null, of };
  }

  override render(): ReactNode {
    const { error } = this.state;
    if (error === null) return this.props.children;
    return (
      <section className="problem" role="alert">
        <h2>This view has stopped</h2>
        <p>
          Something in the page itself went wrong. Nothing that is stored was changed. Load it again; where it stops at
          the same place, tell whoever runs this Muster what stands below.
        </p>
        <pre>{error instanceof Error ? `${error.name}: ${error.message}` : String(error)}</pre>
        <button type="button" className="button" onClick={() => window.location.reload()}>
          Load again
        </button>
      </section>
    );
  }
}
