// Package config holds the settings of an installation: where the zone's data
// lies, which address is served, who may sign in from outside, when the doctor
// worries. They come from one commented file, then from the environment, then
// from the command line; each layer outranks the one before it, and of each
// value it is known where it came from. A key that does not exist is refused, so
// that a misspelt setting never silently means its default.
//
// Business rules are not here: rates, thresholds and modes are dated data that
// two officers change.
package config
