import { createTheme, type CSSVariablesResolver } from '@mantine/core'

/** One neutral scale for each scheme and one accent. Colours of states are in theme.css. */
export const theme = createTheme({
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 6 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '12px', sm: '13px', md: '14px', lg: '16px', xl: '20px' },
  spacing: { xs: '4px', sm: '8px', md: '12px', lg: '16px', xl: '24px' },
  radius: { xs: '2px', sm: '4px', md: '6px', lg: '8px', xl: '12px' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '20px', lineHeight: '28px' },
      h2: { fontSize: '16px', lineHeight: '24px' },
      h3: { fontSize: '14px', lineHeight: '20px' },
    },
  },
  colors: {
    accent: [
      '#f2f2ff',
      '#e4e4fb',
      '#cfcff6',
      '#b1b1ef',
      '#9b9ef0',
      '#7b7eea',
      '#6762da',
      '#5b5bd6',
      '#5151cd',
      '#4343b0',
    ],
    gray: [
      '#fbfbfc',
      '#f5f5f7',
      '#eeeff2',
      '#e4e5ea',
      '#d5d7dd',
      '#767b85',
      '#60646c',
      '#494d55',
      '#33363c',
      '#1c2024',
    ],
    dark: [
      '#edeef0',
      '#c8cbd0',
      '#a2a7ae',
      '#7d828a',
      '#34383d',
      '#26292d',
      '#1e2023',
      '#151719',
      '#101113',
      '#0b0c0d',
    ],
  },
  // Nothing is smaller than the smallest size: the library has smaller ones for some of its parts.
  components: {
    ActionIcon: { defaultProps: { variant: 'subtle', color: 'gray', size: 28 } },
    Badge: { vars: () => ({ root: { '--badge-fz': '12px' } }) },
    Button: { defaultProps: { size: 'xs', variant: 'default' } },
    Drawer: {
      defaultProps: { transitionProps: { duration: 100 }, closeButtonProps: { 'aria-label': 'Close' } },
    },
    Input: { defaultProps: { size: 'xs' } },
    InputWrapper: {
      defaultProps: { size: 'xs' },
      vars: () => ({
        description: { '--input-description-size': '12px' },
        error: { '--input-error-size': '12px' },
      }),
    },
    Kbd: { vars: () => ({ root: { '--kbd-fz': '12px' } }) },
    Menu: { defaultProps: { shadow: 'md', transitionProps: { duration: 80 } } },
    Modal: {
      defaultProps: {
        transitionProps: { duration: 100 },
        centered: true,
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    NavLink: { defaultProps: { variant: 'light' } },
    Table: { defaultProps: { fz: 'sm', verticalSpacing: 6, horizontalSpacing: 'sm' } },
    Tabs: { defaultProps: { keepMounted: false } },
    Tooltip: {
      defaultProps: { openDelay: 300, transitionProps: { duration: 80 }, fz: 'xs' },
    },
  },
})

/** Dimmed text keeps a contrast of at least 4.5 to 1 on every surface. */
export const resolveCssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': '#60646c',
    '--mantine-color-placeholder': '#6b7079',
    '--mantine-color-error': '#c02a34',
    '--surface': '#fbfbfc',
    '--hairline': '#e4e5ea',
  },
  dark: {
    '--mantine-color-dimmed': '#a2a7ae',
    '--mantine-color-placeholder': '#8d929a',
    '--mantine-color-error': '#ff8b8b',
    '--surface': '#191b1e',
    '--hairline': '#2b2e33',
  },
})
