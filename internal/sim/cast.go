package sim

import (
	"fmt"
	"math/rand/v2"

	"seine/internal/clock"
	"seine/internal/codelist"
	"seine/internal/guarantee"
	"seine/internal/num"
	"seine/internal/party"
)

// cast is everybody who takes part. All names are invented; every name says that
// it belongs to a demonstration.
type cast struct {
	traders    []party.Enterprise // outside the zone
	inside     []party.Enterprise // zone enterprises, in all four areas
	brokers    []party.Enterprise
	carriers   []party.Enterprise
	others     []party.Enterprise // whom customs know beside them
	officers   []party.Officer
	guarantees []guarantee.Guarantee
}

var (
	insideNames = []string{
		"浦江", "东海", "申港", "瀛洲", "临港", "沧浪", "海纳", "云帆", "锦航", "远望", "嘉禾", "泰和",
		"安澜", "启明", "恒信", "瑞丰", "新桥", "长风", "金桥", "宏图", "博远", "天枢", "开阳", "北辰",
	}
	insideEnglish = []string{
		"Pujiang", "Donghai", "Shengang", "Yingzhou", "Lingang", "Canglang", "Haina", "Yunfan", "Jinhang", "Yuanwang", "Jiahe", "Taihe",
		"Anlan", "Qiming", "Hengxin", "Ruifeng", "Xinqiao", "Changfeng", "Jinqiao", "Hongtu", "Boyuan", "Tianshu", "Kaiyang", "Beichen",
	}
	trades = []struct {
		zh, en string
		kind   party.Kind
	}{
		{"国际物流", "International Logistics", party.Warehouse},
		{"保税仓储", "Bonded Storage", party.Warehouse},
		{"精密制造", "Precision Manufacturing", party.Processor},
		{"电子科技", "Electronics", party.Processor},
	}
	familyNames = []string{"王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "徐", "孙", "胡", "朱", "高", "林", "何", "郭", "马", "罗"}
	givenNames  = []string{"伟", "芳", "娜", "敏", "静", "丽", "强", "磊", "军", "洋", "勇", "艳", "杰", "娟", "涛", "明", "超", "霞", "平", "刚"}
	familyLatin = []string{"Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu", "Xu", "Sun", "Hu", "Zhu", "Gao", "Lin", "He", "Guo", "Ma", "Luo"}
	givenLatin  = []string{"Wei", "Fang", "Na", "Min", "Jing", "Li", "Qiang", "Lei", "Jun", "Yang", "Yong", "Yan", "Jie", "Juan", "Tao", "Ming", "Chao", "Xia", "Ping", "Gang"}
)

// creditCode makes a credit code with its right check character.
func creditCode(r *rand.Rand) codelist.CreditCode {
	const alphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY"
	for {
		stem := []byte("91310115MA1")
		for len(stem) < 17 {
			stem = append(stem, alphabet[r.IntN(len(alphabet))])
		}
		if check, ok := codelist.CreditCheck(string(stem)); ok {
			return codelist.CreditCode(append(stem, check))
		}
	}
}

// grade spreads the credit levels, none below lowest, as a zone of good repute has them: a few at
// the top, most in the middle, one or two below.
func grade(r *rand.Rand, since clock.Date, lowest int) []party.GradeChange {
	code := "regular"
	switch n := r.IntN(20); {
	case n < 3:
		code = "advanced-certified"
	case n < 8:
		code = "certified"
	case n == 19 && lowest < 3:
		code = "dishonest"
	}
	if code == "regular" {
		return nil
	}
	return []party.GradeChange{{Grade: code, From: max(since, clock.Day(2026, 4, 1)), Reason: "demonstration"}}
}

func newCast(r *rand.Rand, today clock.Date) *cast {
	c := &cast{}
	areas := party.Organisation().Areas
	since := today.AddMonths(-30)
	enterprise := func(zh, en string, kinds []party.Kind, area string) party.Enterprise {
		registered := since.AddDays(r.IntN(600))
		lowest := 2
		if area != "" {
			lowest = 3 // books of enterprises below are opened by two officers
		}
		e := party.Enterprise{
			CreditCode: creditCode(r), Name: zh + "（演示）", NameEN: en + " (demo)", Kinds: kinds, Area: area,
			RegisteredOn: registered, State: party.Registered, Grades: grade(r, registered, lowest), Networked: r.IntN(2) == 0,
		}
		if area != "" {
			e.Areas = []string{area}
		}
		e.ID = string(e.CreditCode)
		return e
	}
	for i, name := range insideNames {
		t := trades[i%len(trades)]
		area := areas[i%len(areas)].ID
		c.inside = append(c.inside, enterprise("上海"+name+t.zh+"有限公司", "Shanghai "+insideEnglish[i]+" "+t.en+" Co., Ltd.",
			[]party.Kind{party.ZoneEnterprise, t.kind}, area))
	}
	for i := range 10 {
		c.traders = append(c.traders, enterprise("江南"+insideNames[i]+"贸易有限公司", "Jiangnan "+insideEnglish[i]+" Trading Co., Ltd.", []party.Kind{party.Trader}, ""))
	}
	// Two whom nobody should trust: one outside, whose declarations a person always
	// judges, and one inside, whose account book waits for two officers.
	distrust := []party.GradeChange{{Grade: "dishonest", From: max(since, clock.Day(2026, 4, 1)), Reason: "demonstration"}}
	c.traders[len(c.traders)-1].Grades, c.inside[len(areas)*3].Grades = distrust, distrust
	for i := range 4 {
		c.brokers = append(c.brokers, enterprise("上海"+insideNames[23-i]+"报关有限公司", "Shanghai "+insideEnglish[23-i]+" Customs Brokers Co., Ltd.", []party.Kind{party.Broker}, ""))
	}
	for i := range 3 {
		c.carriers = append(c.carriers, enterprise("远洋"+insideNames[12+i]+"船务代理有限公司", "Ocean "+insideEnglish[12+i]+" Shipping Agency Co., Ltd.", []party.Kind{party.Carrier}, ""))
	}
	for i := range c.inside {
		broker := &c.brokers[i%len(c.brokers)]
		c.inside[i].Agencies = []party.Agency{{Agent: broker.ID, Scope: []string{"*"}, From: since, Mandate: fmt.Sprintf("M%04d", i+1)}}
	}
	for i := range c.traders {
		broker := &c.brokers[i%len(c.brokers)]
		c.traders[i].Agencies = []party.Agency{{Agent: broker.ID, Scope: []string{"*"}, From: since, Mandate: fmt.Sprintf("T%04d", i+1)}}
	}
	c.appoint()
	for i, e := range append(append([]party.Enterprise(nil), c.inside...), c.traders...) {
		c.guarantees = append(c.guarantees, guarantee.Guarantee{
			Number: fmt.Sprintf("G2026%04d", i+1), Enterprise: e.ID, Form: guarantee.Account, Guarantor: "演示银行 Demo Bank", Bank: BankName,
			Limit: num.Money(20_000_000_00 + r.Int64N(60)*1_000_000_00), ValidFrom: today.AddMonths(-6), ValidTo: today.AddMonths(12),
		})
	}
	return c
}

// appoint fills the posts of the zone customs: in each area enough officers that
// a second one can always be drawn.
func (c *cast) appoint() {
	n := 0
	add := func(unit string, office codelist.OfficeCode, areas []string, superiors []string, posts ...party.PostID) string {
		f, g := n%len(familyNames), (n*7+n/len(familyNames))%len(givenNames)
		n++
		o := party.Officer{
			Number: fmt.Sprintf("SH%04d", 1000+n), Name: familyNames[f] + givenNames[g], NameEN: givenLatin[g] + " " + familyLatin[f],
			Posts: posts, Unit: unit, Office: office, Areas: areas, Superiors: superiors, OnDuty: true, State: party.Serving,
			Skills: []string{"machine-scan", "manual", "radiation", "sampling"},
		}
		o.ID = o.Number
		if len(areas) == 1 && areas[0] != party.AnyArea {
			o.Area = areas[0]
		}
		c.officers = append(c.officers, o)
		return o.ID
	}
	everywhere := []string{party.AnyArea}
	head := add("goods-trade", "", everywhere, nil, party.DivisionHead)
	add("supervision-audit", "", everywhere, []string{head}, party.InternalControl)
	add("inspection", "", everywhere, []string{head}, party.RiskAnalyst)
	add("inspection", "", everywhere, []string{head}, party.RiskAnalyst)
	add("inspection", "", everywhere, []string{head}, party.Auditor)
	add("technology", "", everywhere, []string{head}, party.Administrator)
	for range 3 { // enough that a second one can be drawn
		add("goods-trade", "", everywhere, []string{head}, party.TaxOfficer)
	}
	add("goods-trade", "", everywhere, []string{head}, party.GuaranteeOfficer)
	add("goods-trade", "", everywhere, []string{head}, party.CommandWatch)
	for _, a := range party.Organisation().Areas {
		chief := add(a.Unit, a.Office, []string{a.ID}, []string{head}, party.Reviewer)
		for range 3 {
			add(a.Unit, a.Office, []string{a.ID}, []string{chief, head}, party.FilingOfficer)
			add(a.Unit, a.Office, []string{a.ID}, []string{chief, head}, party.Inspector)
		}
		add(a.Unit, a.Office, []string{a.ID}, []string{chief, head}, party.Reviewer)
		add(a.Unit, a.Office, []string{a.ID}, []string{chief, head}, party.GateOfficer)
		add(a.Unit, a.Office, []string{a.ID}, []string{chief, head}, party.GateOfficer)
	}
	// The head of another division, and a tax officer of that one: a change of rule
	// needs a second officer who is not in the line of the first.
	other := add("inspection", "", everywhere, nil, party.DivisionHead)
	add("inspection", "", everywhere, []string{other}, party.TaxOfficer)
	for range 2 { // two officers register a guarantee
		add("goods-trade", "", everywhere, []string{head}, party.GuaranteeOfficer)
	}
}
