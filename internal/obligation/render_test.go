package obligation

import (
	"testing"

	"seine/internal/jsonform/formtest"
)

func TestItIsWrittenAsTheStandardLibraryDoes(t *testing.T) {
	formtest.Same(t, Obligation.AppendJSON)
}
