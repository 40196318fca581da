"""Given names that are common in the United Kingdom, by which a list of people is told from other lists."""

_NAMES = """
aaron abdul abigail adam adrian ahmed aisha alan albert alex alexander alexandra alfie ali alice alison amanda
amara amelia amy andrea andrew angela anita ann anna anne anthony archie arthur barbara beatrice ben benjamin
bethany bilal brenda brian bronwen callum cameron carol caroline carys catherine charles charlie charlotte chloe
christine christopher ciara claire colin connor craig daisy daniel david dawn dean deborah denise derek diana
diane donna dorothy douglas dylan edward eilidh elaine elizabeth ella ellie emily emma eric ethan eva evie farah
fatima fiona florence frances frank fraser freddie gareth gary gavin gemma geoffrey george georgia gethin
gillian glen grace graham grzegorz hannah harold harriet harry hassan hayley heather helen henry holly hugh
hussein ian ibrahim irene isaac isabella isla ivy jack jacob jacqueline jake james jamie jane janet janice jason
jean jennifer jeremy jessica jill joan joanna joanne john jonathan joseph josh joshua joyce judith julia julie
june karen kate katherine kathleen kathryn katie keith kelly kenneth kerry kevin khadija kim kwame kyle laura
lauren leah lee leo lesley lewis liam lily linda lisa logan louise lucas lucy luke lynn mairi malcolm marcin
margaret maria marie marilyn mark martin mary maryam mateusz matthew maureen megan mia michael michelle mohammad
mohammed muhammad nadia naomi natalie nathan neil niamh nicholas nicola nigel noah norman oliver olivia oscar
pamela patricia patrick paul paula pauline peter philip phillip piotr poppy priya rachel raymond rebecca reece
rhys richard robert robin roger ronald rose rosemary ross roy russell ruth ryan saima sally samantha samuel
sandra sara sarah scott sean shannon sharon sheila shirley simon sioban sophia sophie stacey stanley stephanie
stephen steven stuart susan suzanne sylvia tariq teresa thomas timothy tina toby tom tomasz tony tracey trevor
valerie vera victoria vincent wayne wendy william yasmin yusuf zainab zara zoe zofia
"""

GIVEN_NAMES = frozenset(_NAMES.split())
