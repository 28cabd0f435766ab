// Package procedures holds the supervision modes of the zone as files that an
// officer can read; internal/procedure says what they mean. A new mode is a new
// file, approved by two officers and in force from a day.
package procedures

import "embed"

// Files are the modes that come with the product.
//
//go:embed *.yaml
var Files embed.FS
