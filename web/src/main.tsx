import './style/tokens.css';
import './style/base.css';
import './style/parts.css';
import './style/shell.css';
import './style/manage.css';
import './style/read.css';
import './style/ask.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { queryClient } from './api/query-client.js';
import { App } from './app/app.js';
import { ErrorBoundary } from './app/error-boundary.js';
import { applyTheme, storedTheme } from './app/theme.js';

applyTheme(storedTheme());
const place = document.getElementById('console');
if (place === null) throw new Error('The page has no place for the console');
createRoot(place).render(
  <StrictMode>
    <ErrorBoundary>
      <QueryClientProvider client={queryClient}>
        <App />
      </QueryClientProvider>
    </ErrorBoundary>
  </StrictMode>,
);
