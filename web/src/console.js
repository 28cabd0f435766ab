// What every page of the console loads: htmx, the live stream and the keyboard.
import 'htmx.org/dist/htmx.esm.js';
import './live.js';
import './keyboard.js';
import './page.js';
