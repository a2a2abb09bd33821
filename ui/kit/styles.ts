/** Styles of the Mantine components that the faces use. A new one needs its line here; the order is Mantine's own. */
import '@mantine/core/styles/baseline.css';
import '@mantine/core/styles/default-css-variables.css';
import '@mantine/core/styles/global.css';
import '@mantine/core/styles/UnstyledButton.css';
import '@mantine/core/styles/Loader.css';
import '@mantine/core/styles/Button.css';
import './tokens.css';
import './shell.css';
import './blocks.css';
import './table.css';
import './windows.css';
