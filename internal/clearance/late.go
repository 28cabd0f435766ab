package clearance

import (
	"context"

	"seine/internal/casework"
	"seine/internal/clock"
	"seine/internal/decision"
	"seine/internal/declaration"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/procedure"
)

// MayBeLate tells whether a limit of a case has passed at a moment, whoever it
// waits for; LookAtLimits then tells whose it is. A case of a mode that is not on
// file never is.
func (r *Reference) MayBeLate(c *casework.Case, at clock.Instant) bool {
	mode, err := r.modes.catalogue.Version(c.Mode, c.ModeVersion)
	if err != nil {
		return false
	}
	return len(c.LateSteps(mode, at, officeActs(declaration.PaidOrGuaranteed), r.Calendar)) > 0
}

// LookAtLimits marks the steps of a case whose limit passed, and ends the marks of
// those that were taken (procedure.Mode.Late, casework.LookAtLimits).
func (d *Desk) LookAtLimits(ctx context.Context, c decision.Command, id string) (decision.Receipt, error) {
	return d.store.Decide(ctx, c, func(v decision.View) (decision.Outcome, error) {
		file, version, err := decision.Load[casework.Case](v, dossier.Case, id)
		if err != nil {
			return decision.Outcome{}, err
		}
		ref := d.reference()
		mode, err := ref.modes.catalogue.Version(file.Mode, file.ModeVersion)
		if err != nil {
			return decision.Outcome{}, err
		}
		var relied []decision.Reliance
		var holds map[procedure.Condition]bool
		if file.Declaration != "" {
			doc, docVersion, err := decision.Load[declaration.Declaration](v, dossier.Declaration, file.Declaration)
			if err != nil && !fault.Is(err, "STORE-ABSENT-01") {
				return decision.Outcome{}, err
			}
			if err == nil {
				holds = officeActs(doc.State)
				relied = append(relied, decision.Reliance{Kind: dossier.Declaration, ID: doc.ID, Version: docVersion})
			}
		}
		out, err := casework.LookAtLimits(v, mode, file, version, holds, ref.Calendar)
		if err != nil || len(out.Puts) == 0 {
			return out, err
		}
		out.Relied = append(out.Relied, relied...)
		return out, nil
	})
}

// officeActs answers the conditions of a release by the state of its declaration,
// as a time limit asks: whether it is the office that has to act. What an officer
// has on the desk waits for the office, whatever is still in doubt; what is asked
// of the declarant, is being inspected (which has a day of its own), or is to be
// paid, does not.
func officeActs(s declaration.State) map[procedure.Condition]bool {
	acts, paid := false, false
	switch s {
	case declaration.Accepted, declaration.LowRiskAuto, declaration.Manual, declaration.PaidOrGuaranteed:
		acts, paid = true, true
	case declaration.Taxed:
		acts = true
	case declaration.Draft, declaration.Submitted, declaration.SupplementAsked, declaration.Inspecting, declaration.Released, declaration.Closed,
		declaration.Returned, declaration.AmendRequested, declaration.AmendReview, declaration.DeleteRequested, declaration.DeleteReview, declaration.Deleted:
	}
	return map[procedure.Condition]bool{
		procedure.ManifestMatched: acts, procedure.RiskCleared: acts, procedure.LicencesThere: acts, procedure.TaxSettled: paid,
	}
}
