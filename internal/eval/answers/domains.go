package answers

// domains are the schemas. Nobody tunes the router on the held-out ones.
func domains() []*domain {
	return []*domain{
		{name: "clinic", root: "ClinicExport", main: &entity{
			xml: "Patient", one: "patient", many: "patients", key: "patientNo", prefix: "P",
			columns: []column{
				{xml: "Ward", said: "ward", kind: category, words: []string{"cardiology", "oncology", "surgery", "pediatrics"}},
				{xml: "FullName", said: "full name", kind: label},
				{xml: "City", said: "city", kind: category, words: []string{"Bergen", "Oslo", "Tromsø", "Bodø", "Stavanger"}},
				{xml: "Weight", said: "weight", kind: money, top: 140, most: "heaviest", least: "lightest"},
				{xml: "AdmissionDate", said: "admission date", kind: day},
				{xml: "Insured", said: "insured", kind: yesno},
				{xml: "Allergy", said: "allergy", kind: category, words: []string{"nuts", "pollen", "latex"}, sparse: true},
			},
			child: &entity{
				xml: "Visit", one: "visit", many: "visits", key: "visitNo", prefix: "V",
				columns: []column{
					{xml: "Outcome", said: "outcome", kind: category, words: []string{"discharged", "referred", "admitted"}},
					{xml: "Fee", said: "fee", kind: money, top: 900},
					{xml: "VisitDate", said: "visit date", kind: day},
				},
			},
		}},
		{name: "library", root: "Library", main: &entity{
			xml: "Book", one: "book", many: "books", key: "isbn", prefix: "B",
			columns: []column{
				{xml: "Genre", said: "genre", kind: category, words: []string{"poetry", "crime", "travel", "science", "romance"}},
				{xml: "Title", said: "title", kind: label},
				{xml: "PageCount", said: "page count", kind: whole, top: 900},
				{xml: "Price", said: "price", kind: money, top: 80, most: "most expensive", least: "cheapest"},
				{xml: "Published", said: "published", kind: day},
				{xml: "Reference", said: "reference", kind: yesno},
				{xml: "Translator", said: "translator", kind: category, words: []string{"Ilse", "Jon", "Karla"}, sparse: true},
			},
			child: &entity{
				xml: "Loan", one: "loan", many: "loans", key: "loanId", prefix: "L",
				columns: []column{
					{xml: "Status", said: "status", kind: category, words: []string{"returned", "overdue", "lost"}},
					{xml: "Fine", said: "fine", kind: money, top: 30},
					{xml: "LoanDate", said: "loan date", kind: day},
				},
			},
		}},
		{name: "fleet", root: "fleet_report", main: &entity{
			xml: "vehicle", one: "vehicle", many: "vehicles", key: "vehicle_id", prefix: "VH",
			columns: []column{
				{xml: "fuel_type", said: "fuel type", kind: category, words: []string{"diesel", "electric", "hybrid"}},
				{xml: "plate", said: "plate", kind: label},
				{xml: "depot", said: "depot", kind: category, words: []string{"North", "South", "Harbour", "Airport"}},
				{xml: "mileage", said: "mileage", kind: whole, top: 240000},
				{xml: "purchase_price", said: "purchase price", kind: money, top: 60000, most: "most expensive", least: "cheapest"},
				{xml: "purchase_date", said: "purchase date", kind: day},
				{xml: "leased", said: "leased", kind: yesno},
				{xml: "driver", said: "driver", kind: category, words: []string{"Mona", "Nils", "Olaf"}, sparse: true},
			},
			child: &entity{
				xml: "trip", one: "trip", many: "trips", key: "trip_id", prefix: "T",
				columns: []column{
					{xml: "purpose", said: "purpose", kind: category, words: []string{"delivery", "service", "pickup"}},
					{xml: "distance", said: "distance", kind: money, top: 700, most: "longest", least: "shortest"},
					{xml: "trip_date", said: "trip date", kind: day},
				},
			},
		}},
		{name: "museum", heldOut: true, root: "CollectionDump", main: &entity{
			xml: "Artwork", one: "artwork", many: "artworks", key: "inventoryNumber", prefix: "INV",
			columns: []column{
				{xml: "Medium", said: "medium", kind: category, words: []string{"oil", "bronze", "marble", "charcoal"}},
				{xml: "WorkTitle", said: "work title", kind: label},
				{xml: "Gallery", said: "gallery", kind: category, words: []string{"East Wing", "West Wing", "Rotunda"}},
				{xml: "InsuranceValue", said: "insurance value", kind: money, top: 90000},
				{xml: "HeightCm", said: "height cm", kind: whole, top: 400, most: "tallest"},
				{xml: "AcquiredOn", said: "acquired on", kind: day},
				{xml: "OnDisplay", said: "on display", kind: yesno},
				{xml: "Donor", said: "donor", kind: category, words: []string{"Okafor", "Lindqvist", "Moreau"}, sparse: true},
			},
			child: &entity{
				xml: "Restoration", one: "restoration", many: "restorations", key: "jobNumber", prefix: "RJ",
				columns: []column{
					{xml: "Technique", said: "technique", kind: category, words: []string{"cleaning", "relining", "retouching"}},
					{xml: "Cost", said: "cost", kind: money, top: 5000, most: "most expensive", least: "cheapest"},
					{xml: "FinishedOn", said: "finished on", kind: day},
				},
			},
		}},
		{name: "energy", heldOut: true, root: "grid", main: &entity{
			xml: "meter", one: "meter", many: "meters", key: "serial", prefix: "MT",
			columns: []column{
				{xml: "tariff", said: "tariff", kind: category, words: []string{"day", "night", "solar", "flat"}},
				{xml: "siteName", said: "site name", kind: label},
				{xml: "region", said: "region", kind: category, words: []string{"Highlands", "Lowlands", "Coast"}},
				{xml: "peakLoad", said: "peak load", kind: money, top: 300},
				{xml: "phaseCount", said: "phase count", kind: whole, top: 3},
				{xml: "installed", said: "installed", kind: day},
				{xml: "smart", said: "smart", kind: yesno},
				{xml: "installer", said: "installer", kind: category, words: []string{"Voltas", "Ampco", "Ohmly"}, sparse: true},
			},
			child: &entity{
				xml: "reading", one: "reading", many: "readings", key: "readingId", prefix: "RD",
				columns: []column{
					{xml: "quality", said: "quality", kind: category, words: []string{"measured", "estimated", "corrected"}},
					{xml: "consumption", said: "consumption", kind: money, top: 800},
					{xml: "takenOn", said: "taken on", kind: day},
				},
			},
		}},
		{name: "league", heldOut: true, root: "SeasonFile", main: &entity{
			xml: "Player", one: "player", many: "players", key: "licence", prefix: "LC",
			columns: []column{
				{xml: "Position", said: "position", kind: category, words: []string{"keeper", "defender", "midfielder", "striker"}},
				{xml: "PlayerName", said: "player name", kind: label},
				{xml: "Club", said: "club", kind: category, words: []string{"Rovers", "Wanderers", "Athletic", "Dynamo"}},
				{xml: "MarketValue", said: "market value", kind: money, top: 9000},
				{xml: "Caps", said: "caps", kind: whole, top: 120},
				{xml: "SignedOn", said: "signed on", kind: day},
				{xml: "Injured", said: "injured", kind: yesno},
				{xml: "Agent", said: "agent", kind: category, words: []string{"Rossi", "Novak", "Silva"}, sparse: true},
			},
			child: &entity{
				xml: "Appearance", one: "appearance", many: "appearances", key: "appearanceId", prefix: "AP",
				columns: []column{
					{xml: "Card", said: "card", kind: category, words: []string{"yellow", "red", "none"}},
					{xml: "DistanceKm", said: "distance km", kind: money, top: 13},
					{xml: "PlayedOn", said: "played on", kind: day},
				},
			},
		}},
		{name: "nursery", heldOut: true, root: "StockList", main: &entity{
			xml: "Plant", one: "plant", many: "plants", key: "labelNo", prefix: "PL",
			columns: []column{
				{xml: "Family", said: "family", kind: category, words: []string{"rose", "heath", "pine", "mint"}},
				{xml: "CommonName", said: "common name", kind: label},
				{xml: "Bed", said: "bed", kind: category, words: []string{"Sunny", "Shady", "Moist"}},
				{xml: "RetailPrice", said: "retail price", kind: money, top: 120, most: "most expensive", least: "cheapest"},
				{xml: "Height", said: "height", kind: whole, top: 500, most: "tallest"},
				{xml: "SownOn", said: "sown on", kind: day},
				{xml: "Evergreen", said: "evergreen", kind: yesno},
				{xml: "Breeder", said: "breeder", kind: category, words: []string{"Haas", "Okoro", "Lund"}, sparse: true},
			},
			child: &entity{
				xml: "Treatment", one: "treatment", many: "treatments", key: "treatmentId", prefix: "TR",
				columns: []column{
					{xml: "Agent", said: "agent", kind: category, words: []string{"compost", "lime", "neem"}},
					{xml: "Duration", said: "duration", kind: money, top: 90, most: "longest", least: "shortest"},
					{xml: "AppliedOn", said: "applied on", kind: day},
				},
			},
		}},
	}
}
