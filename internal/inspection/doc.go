// Package inspection is the examination of goods (查验): the order with what is
// to be looked at and why, the two inspectors drawn by the machine, the result
// with seals, pictures and the signature of the party present, what is done
// about an abnormal result, and the label that goes back to risk. The party
// must be present, move and open the goods; customs may open alone when that is
// necessary and say why (Customs Law art. 28).
//
// Kinds, result codes and time limits are dated data under data/. The package is
// pure: each act gives a new order, the story writes it.
package inspection
