// Package declaration holds the paper in which a trader tells customs what the
// goods are: the bill of entry (报关单) for the second line and ordinary trade,
// and the unified filing bill (备案清单) for the first line. It knows every
// element of the head and the lines, judges a declaration and names all faults
// at once, knows its whole life from draft to closing with corrections by two
// officers, and confirms it against the manifest and the bill of lading (the
// three-document confirmation, 三单信息互核). Files of other customs services
// become our elements through a mapping that a person can read; what the source
// lacks is marked as supplied, never invented in silence. The package reads no
// clock and no store.
package declaration
