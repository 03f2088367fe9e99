package retrieval

// topic is what tickets are about.
type topic struct {
	tickets  []string // ways of writing one
	near     string   // question that shares words with them
	distance string   // question that shares none but the plainest
}

// topics returns the topics; {n} in a ticket stands for a number.
func topics() []topic {
	return []topic{
		{[]string{"parcel arrived crushed and the glass inside was broken", "box was wet and torn when the courier handed it over", "two plates were shattered in the package", "the carton had a hole and the lamp was cracked", "item damaged in transit, corner dented", "delivered with broken seal and smashed bottle"},
			"broken items in damaged packages", "goods that did not survive shipping"},
		{[]string{"still waiting for the parcel, it was due {n} days ago", "delivery is late again, no word from the courier", "shipment has been delayed for {n} days", "the order should have come on monday and has not arrived", "tracking has not moved for {n} days", "courier missed the promised delivery date"},
			"late delivery of an order", "people whose things never showed up on time"},
		{[]string{"charged twice for the same order", "my card was billed two times for one purchase", "double payment on the statement, please refund one", "the amount was debited again {n} days later", "duplicate charge on the credit card", "paid once but the account shows two bookings"},
			"duplicate charge on a card", "someone had to pay two times"},
		{[]string{"cannot log in, password is rejected", "the account is locked after {n} wrong passwords", "reset link for the password does not arrive", "login page says unknown user", "unable to sign in since yesterday", "two factor code is never accepted at login"},
			"password problems at login", "no access to the user profile any more"},
		{[]string{"want my money back, the item was returned {n} days ago", "refund has not been paid yet", "sent the goods back and wait for the refund", "still no refund for the returned shoes", "how long does a refund take after a return", "returned the coat, money not credited"},
			"refund after a return", "reimbursement for things sent back"},
		{[]string{"received the wrong size, ordered {n}", "the shirt is blue, I ordered a red one", "a different article was in the box", "got somebody else's order", "wrong model delivered, please exchange", "the colour does not match what I ordered"},
			"wrong article was delivered", "something else came than was bought"},
		{[]string{"please cancel my order before it ships", "ordered by mistake, cancel it", "cancellation of the order from this morning", "I changed my mind and want to cancel", "stop the order, it is no longer needed", "cancel {n} pieces of my order"},
			"cancel an order", "customers who no longer want what they bought"},
		{[]string{"the battery lasts only {n} minutes", "battery does not charge any more", "the device switches off when the battery is at half", "charger gets hot and the battery swells", "battery drains over night", "a full charge is gone in an hour"},
			"battery does not charge", "runs out of power much too fast"},
		{[]string{"the voucher code is not accepted at checkout", "discount of {n} percent was not applied", "coupon has expired although it says december", "promotion code is refused", "gift card balance cannot be used", "the discount is missing on the bill"},
			"voucher or discount not accepted", "price reduction that did not work"},
		{[]string{"please send the bill to our new company address", "the address on the account has changed", "we moved, update the delivery address", "wrong street on my address label", "change of address for customer {n}", "new postal address from next month"},
			"change of address", "client has relocated"},
		{[]string{"the washing machine leaks water", "water runs out at the bottom of the dishwasher", "leak at the hose after {n} weeks", "puddle under the machine every time", "the seal of the door leaks", "coffee maker drips on the table"},
			"machine leaks water", "floor gets soaked by an appliance"},
		{[]string{"very friendly staff on the phone, thank you", "great service, solved in {n} minutes", "thank you for the quick help", "excellent support, very happy", "the technician was kind and fast", "praise for your team"},
			"praise for friendly service", "satisfied people who say something nice"},
		{[]string{"the app crashes when I open the basket", "screen freezes after the update to version {n}", "app closes itself at start", "error message and then the program quits", "the website hangs at payment", "software crash after the latest update"},
			"app crashes after update", "program stops working unexpectedly"},
		{[]string{"fan is very loud, humming all day", "the fridge makes a rattling noise", "squeaking sound when the drum turns", "noise of the motor wakes the children", "buzzing from the speaker at {n} percent", "loud clicking noise inside"},
			"loud noise of a motor", "it is not quiet at all"},
		{[]string{"the manual is missing in the box", "no instructions how to assemble the shelf", "where can I download the manual", "assembly guide only in chinese", "instructions do not fit model {n}", "please send the user guide in german"},
			"missing manual or instructions", "documentation on how to put it together"},
		{[]string{"screws are missing for the table", "one of {n} parts is missing", "the remote control was not in the package", "no power cable included", "a shelf board is missing", "package is incomplete, lid not there"},
			"missing parts in the package", "delivery lacked pieces"},
		{[]string{"please stop sending me newsletters", "unsubscribe from all advertising mails", "I get {n} promotional mails a week", "remove me from the mailing list", "no more marketing calls please", "newsletter cannot be unsubscribed"},
			"unsubscribe from the newsletter", "too much advertising in the inbox"},
		{[]string{"delete all my personal data", "which data do you store about me", "request under privacy law to erase the account", "my data was shared without consent", "data protection: please send a copy of my records", "erase my account and data within {n} days"},
			"delete personal data", "privacy requests of individuals"},
		{[]string{"the soup tastes sour and smells bad", "milk was spoiled {n} days before the date", "mould on the bread", "fruit arrived rotten", "meat past its best before date", "cheese had a strange smell"},
			"spoiled food past its date", "groceries that had gone off"},
		{[]string{"warranty claim for the drill", "is the repair covered by the guarantee", "guarantee expired {n} days ago, can you help", "repair under warranty was refused", "where do I send the phone for warranty repair", "warranty card is lost"},
			"repair under warranty", "fix that is free of charge in the first two years"},
		{[]string{"the jacket is too small although it is size {n}", "shoes are too tight", "trousers are too long for me", "the dress fits badly at the shoulders", "size chart is wrong, shirt much too wide", "exchange for a larger size"},
			"size too small or too tight", "clothes that do not fit"},
		{[]string{"driver was rude and threw the parcel over the fence", "courier did not ring and left", "the delivery man shouted at my mother", "parcel left in the rain in front of the door", "driver refused to carry it to floor {n}", "package was put into the waste bin by the courier"},
			"courier was rude", "bad behaviour of the person who brings the post"},
		{[]string{"invoice shows the wrong tax rate", "value added tax of {n} percent is not right", "tax number is missing on the invoice", "we are exempt from tax, please correct", "invoice without vat needed", "sales tax was added twice"},
			"wrong tax on an invoice", "levy for the government was computed badly"},
		{[]string{"stove smells of burning", "sparks from the plug", "the cable melted and there was smoke", "toaster caught fire", "electric shock from the housing", "smoke came out after {n} minutes"},
			"smoke or sparks, electric shock", "dangerous devices that could burn down a house"},
	}
}

// tableQuestion is a question that a table's card answers.
type tableQuestion struct{ question, table string }

func tableQuestions() []tableQuestion {
	return []tableQuestion{
		{"How many customers are there?", "Customer"}, {"list of clients with their country", "Customer"}, {"which table has the cities of buyers", "Customer"},
		{"number of orders by status", "SalesOrder"}, {"total of all sales orders", "SalesOrder"}, {"when was each purchase placed", "SalesOrder"},
		{"sum of invoice amounts", "Invoice"}, {"unpaid bills and their due date", "Invoice"}, {"which invoices are overdue", "Invoice"},
		{"products and their price", "Product"}, {"average weight of the articles we sell", "Product"}, {"stock quantity per warehouse", "Product"},
		{"support tickets by priority", "SupportTicket"}, {"complaints that are still open", "SupportTicket"}, {"what do people complain about", "SupportTicket"},
	}
}
