// Package gate judges what drives up to a checkpoint (卡口). A release note
// (核放单) says which truck may carry which goods through; the lane's devices say
// what really stands there: plate, e-plate, containers, weight, electronic seal.
// The package compares the two, check by check, and gives a verdict: pass, guide
// to inspection, hold, or refuse, with a row for every check so that anybody can
// see why. A gate chief may override a verdict with a reason and a second
// officer, and that never lets goods through unbooked. The package reads no clock
// and no store.
package gate
