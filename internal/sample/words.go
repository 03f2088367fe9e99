package sample

import "strings"

// The vocabulary of the shop, one table per line of constants, entries
// separated by bars. Values cover what real exports hold: accents, right to
// left scripts, CJK, emoji, quotes, markup characters and thousands marks.
const (
	givenNames = "Marisol|Ewan|Ottoline|Bjarne|Žofia|Þórunn|Călin|Αλέξανδρος|Ксения|美咲|지훈|ליאור|ياسمين|Adébáyò|Inês|Raphaël|Matthis|Sigrún|Özlem|Thabo|Lakshmi|Quan|Aroha|Dmytro"
	surnames   = "Penhaligon|MacAskill|Øvergård|Vrânceanu|Ó Súilleabháin|Κωνσταντίνου|Лебедева|小林|박|כהן|الحداد|Adéyẹmí|Gonçalves|L'Hôpital|Weiß|Çelik|Dlamini|Iyer|Phạm|Te Rangi|Шевченко|van der Velde|Lindqvist|D'Angelo"
	towns      = "Évora|Inverness|Tromsø|Gdańsk|Ghent|Plzeň|Ιωάννινα|Пловдив|大阪|부산|חיפה|طنطا|Ìbàdàn|Coimbra|Besançon|Gießen|Eskişehir|Durban|Kochi|Đà Nẵng|Rotorua|Львів|Utrecht|Malmö|Bari|Galway"
	lands      = "PT|GB|NO|PL|BE|CZ|GR|BG|JP|KR|IL|EG|NG|PT|FR|DE|TR|ZA|IN|VN|NZ|UA|NL|SE|IT|IE"
	streets    = "Harbour Row|Rua das Flores|Storgata|ul. Mariacka|Korenmarkt|Οδός Αβέρωφ|бул. Руски|御堂筋|광복로|שדרות הנשיא|شارع البحر|Rue Ronchaux|Seltersweg|Mill & Weir Lane|\"The Old Forge\"|Via Sparano"
	tiers      = "basic|basic|basic|silver|silver|gold|trade"
	phoneKinds = "mobile|office|fax"
	units      = "pc|m|kg|pair|set"
	orderState = "open|picked|sent|sent|sent|returned|void"
	couriers   = "Northwind Freight|Velo & Sons|Kurier <24h>|宅急便"
	adjectives = "oiled|folding|left-hand|insulated|12\" long|R&D|double-walled|waxed|hand-forged|spare|<mini>|marine-grade|été|größer|软"
	goods      = "lantern|rope & tackle|anvil|canoe paddle|tarpaulin|kettle|axe haft|compass|rucksack|Schäkel|гвоздь|テント|stove|oilskin|whistle|pulley"
	remarks    = "Ring the bell twice & wait|Prefers invoices as \"PDF/A\"|Gate code: <ask at desk>|Umlaute: äöüß ÄÖÜ|مرحبا، يرجى الاتصال قبل التسليم|שלום, נא להתקשר|発送前に電話してください|Always pays early 😀👍🏽|a < b && b > c; see ]]> in the log|First line\nsecond line\n\tindented third|=SUM(A1:A9) is text here|Discount 5 % above 1 000 €"
	remarkLang = "en|en|en|de|ar|he|ja|en|en|en|en|fr"
	branches   = "Camping|Workshop|Sailing|Climbing|Kitchen|Garden"
	twigs      = "Tools|Lighting|Clothing|Spare parts|Storage|Care"
	traits     = "colour|max-load-kg|finish|ip-rating|origin|width-mm|battery|washable"
	traitValue = "graphite|120|matt|IP67|Bergen|385|none|40°C|007|yes|1e3|-15"
	suppliers  = "Ångström Gjuteri|Fonderie Leclère & Fils|Kaltenbrück GmbH|Hermanos Núñez|Ærø Tovværk|Saint-Léger Frères|Müßig & Söhne|Peñalver S.A."
	reasons    = "wrong size|damaged in transit|not as described|ordered twice|too late"
	feeTexts   = "Account fee|Card terminal|Safe custody|Returned debit"
)

// words holds the tables, split.
type words struct {
	given, sur, towns, lands, streets, tiers, phoneKinds, units, states, couriers []string
	adjectives, goods, remarks, remarkLang, branches, twigs, traits, traitValue   []string
	suppliers, reasons, fees                                                      []string
}

func newWords() *words {
	cut := func(s string) []string { return strings.Split(s, "|") }
	return &words{
		given: cut(givenNames), sur: cut(surnames), towns: cut(towns), lands: cut(lands),
		streets: cut(streets), tiers: cut(tiers), phoneKinds: cut(phoneKinds), units: cut(units),
		states: cut(orderState), couriers: cut(couriers), adjectives: cut(adjectives), goods: cut(goods),
		remarks: cut(remarks), remarkLang: cut(remarkLang), branches: cut(branches), twigs: cut(twigs),
		traits: cut(traits), traitValue: cut(traitValue), suppliers: cut(suppliers), reasons: cut(reasons),
		fees: cut(feeTexts),
	}
}
