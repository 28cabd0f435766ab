package declaration

// Result is the outcome of a three-document confirmation (DR §2).
type Result string

const (
	Confirmed Result = "confirmed" // all agree: feeds the automatic pass
	Signal    Result = "signal"    // agrees in what blocks, differs in what only raises the score
	Conflict  Result = "conflict"  // a blocking row differs: the declaration waits
	NoMatch   Result = "no_match"  // no such bill of lading
	Missing   Result = "missing"   // the manifest has not come yet: hold, try again on arrival
)
