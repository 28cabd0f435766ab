package bonded

import (
	"strconv"

	"seine/internal/book"
	"seine/internal/casework"
	"seine/internal/decision"
	"seine/internal/dossier"
	"seine/internal/fault"
	"seine/internal/procedure"
)

// Goods go from one account book to another by a pair of lists: the receiver
// lists first and names the book they come from; the sender's list quotes it, and
// its approval posts both books in one transaction (DR §3.9, §3.11; G52, G86).

// partner is the receiver's list that waits for the sender's.
type partner struct {
	list  List
	seen  int64
	file  casework.Case
	filed int64
	book  decision.Reliance
}

// partnerOf judges a list as one side of a transfer; nil when it is no transfer,
// or the receiver's side, which waits. What the other side keeps to itself is not
// told: a book or list that cannot be used looks like one that is not there.
//
// Faults: BONDED-TRANSFER-01 the other book is not named, or is this one; -02 it
// cannot send; -03 no list of the receiver waits for these goods; -04 a line
// differs; -05 the receiver's book cannot take goods now.
func partnerOf(v decision.View, l *List, mode *procedure.Mode) (*partner, error) {
	if policyOf(mode) != book.WithPartner {
		return nil, nil
	}
	if l.RelatedBook == "" || l.RelatedBook == l.Book {
		return nil, fault.New(fault.Invalid, "BONDED-TRANSFER-01", "/relatedBook", "a transfer needs the account book of the other side", "name the book that the goods come from, or go to", "book", l.RelatedBook)
	}
	if l.Direction == book.In {
		from, _, err := find[Book](v, dossier.Book, l.RelatedBook, "/relatedBook")
		if err == nil && l.RelatedList == "" {
			err = from.Open(book.Out, v.Now().Date())
		}
		if len(fault.All(err)) > 0 || l.RelatedList != "" {
			return nil, fault.New(fault.Refused, "BONDED-TRANSFER-02", "/relatedBook", "no goods can be carried over from account book {book} now, and no list of its own has come yet",
				"ask the sender for the number of an active book, and file before the sender does", "book", l.RelatedBook)
		}
		return nil, err
	}
	absent := fault.New(fault.Refused, "BONDED-TRANSFER-03", "/relatedList", "no list {list} of account book {book} waits for goods of account book {own}", "let the receiver list first, then quote that list",
		"list", l.RelatedList, "book", l.RelatedBook, "own", l.Book)
	ids, err := v.Find(dossier.VerificationList, "number", l.RelatedList, 1)
	if err != nil {
		return nil, err
	}
	if l.RelatedList == "" || len(ids) == 0 {
		return nil, absent
	}
	p := &partner{}
	if p.list, p.seen, err = decision.Load[List](v, dossier.VerificationList, ids[0]); err != nil {
		return nil, err
	}
	if o := &p.list; o.Policy != book.WithPartner || o.Direction != book.In || o.State != book.ListApproved || o.Book != l.RelatedBook || o.RelatedBook != l.Book || o.RelatedList != "" {
		return nil, absent
	}
	to, version, err := find[Book](v, dossier.Book, p.list.Book, "/relatedBook")
	if err != nil {
		return nil, err
	}
	p.book = decision.Reliance{Kind: dossier.Book, ID: to.ID, Version: version}
	if to.Open(book.In, v.Now().Date()) != nil {
		return nil, fault.New(fault.Refused, "BONDED-TRANSFER-05", "/relatedBook", "account book {book} cannot take goods now", "ask the receiver", "book", l.RelatedBook)
	}
	if p.file, p.filed, err = decision.Load[casework.Case](v, dossier.Case, p.list.Case); err != nil {
		return nil, err
	}
	return p, sameGoods(l, &p.list)
}

// sameGoods compares the lines of the two sides: each line of the sender is one
// of the receiver's, by its transfer line or else by its number. The first eight
// digits of the code, unit and quantity are equal, the legal quantity where the
// units differ (G86). Fault: BONDED-TRANSFER-04, one for each line.
func sameGoods(out, in *List) error {
	var faults fault.List
	differs := func(i int, what string) {
		faults = append(faults, fault.New(fault.Invalid, "BONDED-TRANSFER-04", "/lines/"+strconv.Itoa(i), "line {line} differs from the receiver's list in {what}",
			"write what the receiver's list says, or have that list voided and filed again", "line", i+1, "what", what))
	}
	taken := map[int]bool{}
	for i := range out.Lines {
		line := &out.Lines[i]
		n := line.TransferLine
		if n == 0 {
			n = line.Number
		}
		other, ok := in.Line(n)
		switch {
		case !ok || taken[n]:
			differs(i, "line number")
		case len(line.Commodity) < 8 || len(other.Commodity) < 8 || line.Commodity[:8] != other.Commodity[:8]:
			differs(i, "commodity code")
		case line.Unit == other.Unit && line.Quantity != other.Quantity,
			line.Unit != other.Unit && line.LegalUnit == other.LegalUnit && line.LegalQuantity != other.LegalQuantity:
			differs(i, "quantity")
		case line.Unit != other.Unit && (line.LegalUnit == "" || line.LegalUnit != other.LegalUnit):
			differs(i, "unit")
		}
		taken[n] = true
	}
	if len(in.Lines) > len(out.Lines) {
		differs(len(out.Lines), "number of lines")
	}
	return faults.OrNil()
}

// pair posts the receiver's book in the transaction that posts the sender's.
// Faults: those of Complete; BONDED-TRANSFER-06 when one side would stay behind.
func (a *approval) pair(out *decision.Outcome) error {
	p := a.partner
	if p == nil {
		return nil
	}
	mode, err := ModeOf(a.ref, &p.file)
	if err != nil {
		return err
	}
	p.list.RelatedList = a.list.Number
	posted, err := Complete(a.v, out, a.ref, mode, &p.file, &p.list, a.v.NewID)
	if err != nil {
		return err
	}
	if !posted || a.list.State != book.ListPosted {
		return fault.New(fault.Refused, "BONDED-TRANSFER-06", "", "only one of the two books would be posted", "have the modes of the two sides looked at")
	}
	out.Relied = append(out.Relied, p.book)
	out.Puts = append(out.Puts,
		decision.Put{Kind: dossier.VerificationList, ID: p.list.ID, Version: p.seen, Body: p.list},
		decision.Put{Kind: dossier.Case, ID: p.file.ID, Version: p.filed, Body: p.file})
	return nil
}
