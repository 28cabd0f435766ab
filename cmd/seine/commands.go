package main

import "github.com/spf13/cobra"

// commands lists every command of the program; each is made in a file of its
// own.
func commands(s *session) []*cobra.Command {
	return []*cobra.Command{
		newServe(s), newDemo(s),
		newImport(s), newDecode(s),
		newDuty(s), newTariff(s), newCodes(s), newProcedure(s), newRisk(s),
		newVerify(s), newCheck(s), newJournal(s), newBook(s), newFeed(s), newBench(s),
		newUser(s), newOfficer(s), newBank(s),
		newBackup(s), newRestore(s), newMigrate(s), newDoctor(s),
		newConfig(s), newManual(s), newVersion(s),
	}
}
